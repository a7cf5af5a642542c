"""A shop with people: two teams, a view that all members may discover, a hidden one, and hidden rows of their own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from featurestore import FeatureStore
from featurestore.clock import Clock, FixedClock
from featurestore.governance.roles import SCOPES
from featurestore.registry.acting import Acting
from featurestore.registry.grants import Wanted
from tests.journeys.shop import Shop, order

NOW: Final = "2024-04-02"
CANARIES: Final = ("xcanaryname", "xcanarydescription", "xcanarysource", "xcanarycolumn", "xcanaryfeature", "7654321")
"""What stands in the hidden definitions and in their rows, and nowhere else."""

OPEN_VIEW: Final = "customer_daily"
HIDDEN_VIEW: Final = "customer_hidden"

DEFINITIONS: Final = """\
team: shop
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: known_at
    columns: {customer: string, amount: double, pieces: bigint, known_at: timestamp}
feature_views:
  - name: customer_daily
    entity: customer
    source: orders
    owner: maria
    description: What a customer buys.
    features:
      - {name: spent, agg: sum, of: amount, windows: [7d]}
"""
HIDDEN: Final = """\
team: shop
sources:
  - name: xcanarysource
    path: data/orders/*.parquet
    timestamp: known_at
    visibility: hidden
    columns: {customer: string, amount: double, pieces: bigint, note: string, known_at: timestamp}
feature_views:
  - name: customer_hidden
    entity: customer
    source: orders
    visibility: hidden
    features:
      - {name: bought, agg: sum, of: pieces, windows: [7d]}
  - name: xcanaryname
    entity: customer
    source: xcanarysource
    visibility: hidden
    description: xcanarydescription
    features:
      - {name: xcanaryfeature, agg: sum, of: "if(note = 'xcanarycolumn', pieces, pieces)", windows: [7d]}
feature_services:
  - {name: xcanaryservice, visibility: hidden, features: ["xcanaryname:*"]}
  - {name: mixed, features: ["customer_daily:*", "xcanaryname:*"]}
"""
STRANGERS: Final = """\
team: sales
entities:
  - {name: region, keys: {region: string}}
"""

ROLES_IN_SHOP: Final = ("viewer", "author", "approver", "admin")


class Company:
    """A folder with the shop; `tokens` are of everybody, by name, with every scope."""

    def __init__(self, folder: Path, tokens: dict[str, str]) -> None:
        self.folder = folder
        self.tokens = tokens

    def store(self, name: str | None, wall_clock: Clock | None = None) -> FeatureStore:
        """The store as somebody opens it; None is without a token."""
        token = None if name is None else self.tokens[name]
        return FeatureStore(self.folder, clock=FixedClock(NOW), token=token, wall_clock=wall_clock)

    def copy(self, folder: Path) -> Company:
        """The same company elsewhere."""
        return Company(Path(shutil.copytree(self.folder, folder)), dict(self.tokens))

    def declare(self, **files: str) -> None:
        """Put these YAML files in the place of those there are."""
        for file in self.folder.glob("*.yaml"):
            if file.name != "featurestore.yaml":
                file.unlink()
        for name, text in files.items():
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def found_company(folder: Path) -> Company:
    """A company that has materialized its views: `ann` and others by their role in the shop, `stranger` who writes for
    the team sales, `reader` and `manager` with a grant on both views, `root` of the platform, `gone` who left."""
    shop = Shop(folder, DEFINITIONS)
    company = Company(folder, {})
    company.declare(shop=DEFINITIONS, hidden=HIDDEN, sales=STRANGERS)
    shop.land("orders", [order("2024-03-31", "ann", 2.5, pieces=7654321)])
    store = shop.applied(NOW)
    store.materialize()
    company.tokens["root"] = store.teams.bootstrap("root").token
    root = company.store("root")
    for team in ("shop", "sales"):
        root.teams.create(team)
    for name in (*ROLES_IN_SHOP, "stranger", "reader", "manager", "gone"):
        root.teams.register(name)
        company.tokens[name] = root.tokens.create(name, SCOPES).token
        if name in ROLES_IN_SHOP:
            root.teams.add("shop", name, name)
    root.teams.add("sales", "stranger", "author")
    root.teams.leave("gone")
    grants, now = root._context.registry.grants, root._opened.wall_clock.now()
    for view in (OPEN_VIEW, HIDDEN_VIEW):
        for right, name in (("read", "reader"), ("manage", "manager")):
            wanted = Wanted(right, "feature_view", view, "principal", name, "a model", None)  # type: ignore[arg-type]
            asked = grants.ask(wanted, Acting(name, "token", now))
            grants.approve(asked.id, "", Acting("approver", "token", now))
        asked = grants.ask(
            Wanted("manage", "feature_view", view, "principal", "reader", "more", None), Acting("reader", "token", now)
        )
    root._opened._seal()
    (folder / "tokens.json").write_text(json.dumps(company.tokens), encoding="utf-8")
    return company
