"""An application of definitions with something for each of its steps, strikes in the middle of it, and what it leaves.

What runs in a process of its own is here, and not in a file of tests.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import event, select

from definitions.durations import DAY
from definitions.errors import FeatureStoreError
from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from featurestore.registry.database import reading
from featurestore.registry.registry import Registry
from featurestore.registry.tables import metadata
from tests.journeys.processes import Say
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, order
from tests.postgresql import PostgresServer

FIRST: Final = "2024-03-01T05:00:00"
NOW: Final = "2024-05-01T05:00:00"

BEFORE: Final = (
    ONE_VIEW
    + """\
feature_services:
  - {name: next_order, features: ["customer_daily:*"]}
  - {name: going, features: ["customer_daily:orders_7d"]}
"""
)
_SPENT: Final = "{name: spent, agg: sum, of: amount, windows: [7d, 60d]}"
_OTHERWISE: Final = """\
    delay: 1h
    version: 2
    owner: maria
    lifecycle: {state: deprecated, until: 2024-12-31}
"""
_REBUILD: Final = """\
  - name: buying
    entity: customer
    source: orders
    every: 1d
    delay: 1h
    features:
      - {name: bought, agg: count, windows: [7d]}
feature_services:
"""
_CHANGES: Final = (
    (_SPENT, _SPENT.replace("of: amount", "of: amount * 2")),
    ("    delay: 1h\n", _OTHERWISE),
    ("feature_services:\n", _REBUILD),
    ("{name: going", "{name: coming"),
)
"""A further version beside one that a model uses, its owner who has left, its end, a column that is there already, a
service that goes and one that comes."""

_NOT_APPLIED: Final = {"usage_requests", "usage_columns", "usage_counts", "indexed", "feature_columns"}
"""Tables of what is counted, and of an index that is made again when it is asked."""

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class State:
    """What a registry holds, and what it answers: lineage, look-ups and training frames."""

    rows: Rows
    answers: dict[str, Any]

    def of_definitions(self) -> Rows:
        """What is written at once: the audit is sealed afterwards, and those who have left are looked for."""
        audit = [{**row, "seal": None} for row in self.rows["audit"]]
        findings = [row for row in self.rows["findings"] if row["kind"] != "orphan"]
        notices = [{**row, "id": None} for row in self.rows["notices"] if row["kind"] != "orphan"]
        return {**self.rows, "audit": audit, "findings": findings, "notices": notices}


class Original:
    """A shop whose YAML has changed and is not applied yet; each copy has a registry of its own, of the same kind."""

    def __init__(self, shop: Shop, server: PostgresServer | None = None, database: str = "") -> None:
        self._shop, self._server, self._database = shop, server, database
        self._copies = 0

    def copy(self) -> Shop:
        self._copies += 1
        shop = Shop(self._shop.folder.parent / f"copy_{self._copies}")
        shutil.copytree(self._shop.folder, shop.folder, dirs_exist_ok=True)
        if self._server is not None:
            use_server(shop, self._server, self._server.create_database(self._database))
        return shop


def use_server(shop: Shop, server: PostgresServer, database: str) -> None:
    """Have a database hold a shop's registry."""
    (shop.folder / "featurestore.yaml").write_text(
        f"project: shop\nengine: {{threads: 1, memory_limit: 512MB}}\nregistry: {server.url(database)}\n"
    )


def set_up(say: Say, shop: Shop) -> None:
    """Weeks of a shop in which people work, and then other YAML, which nobody has applied."""
    shop.land("orders", [order("2024-04-30", "ann", 2.5)])
    first = open_store(shop, FIRST)
    first.apply()
    first.teams.bootstrap("root")
    first.teams.register("maria")
    first.teams.leave("maria")
    store = open_store(shop)
    store.materialize()
    store.bind_model("churn", "customer_daily:*")
    store.gate.set_mode("shop", "block")
    # Nobody has noticed yet that it lapsed.
    waivers, then = store._context.registry.waivers, parse_instant(FIRST)
    asked = waivers.ask("customer_daily:note", "nothing", "waiver", "shop", "to be quick", "ann", then, then + DAY)
    waivers.approve(asked.id, "ben", then)
    shop.change(*_CHANGES)
    # What is searched is indexed by then: a registry that is lost while it is searched only opens the gate.
    open_store(shop).plan()


def open_store(shop: Shop, now: str = NOW) -> FeatureStore:
    """A store all of whose clocks stand still, so that the same done again writes the same."""
    return FeatureStore(shop.folder, clock=FixedClock(now), wall_clock=FixedClock(now))


def apply(store: FeatureStore) -> bool:
    """Apply the YAML, whatever it builds again; whether that changed anything."""
    return bool(store.apply(break_glass="the site is down").changes)


def apply_and_die(say: Say, shop: Shop, number: int) -> None:
    """Apply, and end by SIGKILL before the write of that number."""
    store = open_store(shop)
    Strike(store, number, lambda: os.kill(os.getpid(), signal.SIGKILL))
    apply(store)


class Strike:
    """Calls `strike` before the write of that number: a statement that changes rows, or the commit of such.

    `writes` has a word for each that there was.
    """

    def __init__(self, store: FeatureStore, number: int = 0, strike: Callable[[], None] | None = None) -> None:
        self.writes: list[str] = []
        self._number, self._strike = number, strike
        engine = store._context.registry.engine
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "commit", self._before_commit)

    def _before_statement(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            self._meet("change")

    def _before_commit(self, connection: Any) -> None:
        if connection.get_execution_options().get("writes"):
            self._meet("commit")

    def _meet(self, write: str) -> None:
        self.writes.append(write)
        if len(self.writes) == self._number and self._strike is not None:
            self._strike()


def state_of(shop: Shop) -> State:
    """What the registry of a shop holds and answers now."""
    return State(rows_of(shop), _answers(shop))


def rows_of(shop: Shop) -> Rows:
    """All that applying writes; numbers that a database gives out are left out, as it gives none out twice."""
    registry = Registry.open(open_store(shop).configuration.registry)
    found = {}
    with reading(registry.engine) as connection:
        for table in metadata.sorted_tables:
            if table.name not in _NOT_APPLIED:
                columns = [column for column in table.columns if column.name != "id" and not column.foreign_keys]
                found[table.name] = sorted(map(dict, connection.execute(select(*columns)).mappings()), key=repr)
    registry.close()
    return found


def _answers(shop: Shop) -> dict[str, Any]:
    store = open_store(shop)
    services = store._context.applied().repository.feature_services
    answers = {
        "online": {name: _looked_up(store, name) for name in ("next_order", "going", "coming")},
        "lineage": store.lineage(*services).to_dict(),
        "frame": bits(frame(store, "customer_daily", ["ann"], NOW)),
    }
    assert store.flush_usage()
    return answers


def _looked_up(store: FeatureStore, service: str) -> Any:
    try:
        return bits(store.get_online_features(service, [{"customer": "ann"}]).to_dict())
    except FeatureStoreError as error:
        return str(error)
