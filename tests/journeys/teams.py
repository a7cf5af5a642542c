"""A company of two teams on one registry: people who work by commands, each with a token."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from click.testing import Result

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.featurestore.cli.running import document, invoke
from tests.journeys.shop import Shop, random_orders

SALES: Final = """\
team: sales
owner: ann
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: known_at
    columns: {customer: string, product: bigint, amount: double, pieces: bigint, note: string, known_at: timestamp}
feature_views:
  - name: spending
    description: What a customer spends.
    entity: customer
    source: orders
    every: 1d
    features:
      - {name: spent, agg: sum, of: amount, windows: [7d, 28d]}
      - {name: orders, agg: count, windows: [7d]}
"""
REBUILT: Final = """\
team: growth
owner: ben
feature_views:
  - name: buyers
    entity: customer
    source: orders
    every: 24h
    features:
      - {name: revenue, agg: sum, of: amount, windows: [28d]}
"""


@dataclass
class Teams:
    """The sales team with `ann`, its approver, and the growth team with `ben`, its author, and `bea`, its approver.

    `tokens` are theirs by name, and the platform's, `root`.
    """

    shop: Shop
    tokens: dict[str, str] = field(default_factory=dict)

    def run(self, name: str, now: str, command: str, *arguments: str) -> Result:
        """A command as somebody types it."""
        os.environ["FEATURESTORE_TOKEN"] = self.tokens[name]
        try:
            return invoke(*command.split(), *arguments, "--repository", self.shop.folder, "--now", now)
        finally:
            del os.environ["FEATURESTORE_TOKEN"]

    def ask(self, name: str, now: str, command: str, *arguments: str) -> Any:
        """The same, and its JSON."""
        return document(self.run(name, now, command, *arguments, "--json"))

    def store(self, name: str, now: str) -> FeatureStore:
        """The store as somebody's program opens it."""
        return FeatureStore(self.shop.folder, clock=FixedClock(now), token=self.tokens[name])

    def write(self, team: str, text: str) -> None:
        """What a team declares."""
        (self.shop.folder / f"{team}.yaml").write_text(text, encoding="utf-8")


def founded(folder: Path, now: str, registry: str = "") -> Teams:
    """The company on the day on which the sales team has published its view, and growth may read its source."""
    shop = Shop(folder, SALES)
    (folder / "shop.yaml").rename(folder / "sales.yaml")
    if registry:
        file = folder / "featurestore.yaml"
        file.write_text(f"{file.read_text()}registry: {registry}\n")
    shop.land("first", random_orders(3, "2024-01-05", 60, 400, 8))
    teams = Teams(shop)
    made = document(invoke("bootstrap", "root", "--repository", folder, "--json"))
    teams.tokens["root"] = made["token"]
    for line in (
        "team create sales",
        "team create growth",
        *(f"team register {name}" for name in ("ann", "ben", "bea")),
        "team add sales ann --role approver",
        "team add growth ben --role author",
        "team add growth bea --role approver",
    ):
        teams.ask("root", now, line)
    for name in ("ann", "ben", "bea"):
        scopes = [part for scope in ("discover", "read", "manage", "approve") for part in ("--scope", scope)]
        teams.tokens[name] = teams.ask("root", now, f"token create {name}", *scopes)["token"]
    teams.ask("ann", now, "apply")
    teams.ask("ann", now, "materialize")
    asked = teams.ask("ben", now, "request-access source:orders --reason growth --to team:growth")["request"]
    teams.ask("ann", now, f"approve {asked}")
    return teams
