"""A small repository of a shop: orders by month in several files, hop and exact views, two entities."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from featurestore.registry.segments import Segment

DEFINITIONS: Final = """\
team: shop
entities:
  - {name: customer, keys: {customer: string}}
  - {name: product, keys: {product: bigint}}
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: known_at
    columns: {customer: string, product: bigint, amount: double, pieces: bigint, note: string, known_at: timestamp}
feature_views:
  - name: customer_daily
    entity: customer
    source: orders
    every: 1d
    delay: 1h
    features:
      - {name: orders, agg: count, windows: [1d, 7d, 60d]}
      - {name: spent, agg: sum, of: amount, windows: [7d, 60d]}
      - {name: amount, agg: mean, of: amount, windows: [28d]}
      - {name: largest, agg: max, of: amount, windows: [7d]}
      - {name: note, agg: last, of: note, ttl: 30d}
  - name: customer_hourly
    entity: customer
    source: orders
    every: 1h
    features:
      - {name: pieces, agg: sum, of: pieces, windows: [6h, 24h]}
      - {name: smallest, agg: min, of: amount, windows: [24h]}
  - name: customer_latest
    entity: customer
    source: orders
    every: exact
    features:
      - {name: last_amount, agg: last, of: amount}
  - name: product_daily
    entity: product
    source: orders
    every: 1d
    features:
      - {name: sold, agg: sum, of: pieces, windows: [7d]}
      - {name: sold_ever, agg: count}
feature_services:
  - {name: next_order, features: ["customer_daily:*", "customer_hourly:pieces_6h", "customer_latest:*"]}
"""

ONE_VIEW: Final = DEFINITIONS.partition("  - name: customer_hourly")[0]
"""The first view alone, where one is enough: a run takes a quarter of the time."""

_LATEST: Final = "  - name: customer_latest"
TWO_VIEWS: Final = ONE_VIEW + _LATEST + DEFINITIONS.partition(_LATEST)[2].partition("  - name: product_daily")[0]
"""One view on a hop grid and one exact."""

VIEWS: Final = ("customer_daily", "customer_hourly", "customer_latest", "product_daily")
ENTITIES: Final[Mapping[str, str]] = {view: view.partition("_")[0] for view in VIEWS}

SCHEMA: Final = pa.schema(
    [
        ("customer", pa.string()),
        ("product", pa.int64()),
        ("amount", pa.float64()),
        ("pieces", pa.int64()),
        ("note", pa.string()),
        ("known_at", pa.timestamp("us", tz="UTC")),
    ]
)

Row = dict[str, Any]


def order(known_at: str | datetime, customer: str = "ann", amount: float = 1.0, **others: Any) -> Row:
    """One order; `known_at` is ISO text or a datetime, UTC."""
    moment = datetime.fromisoformat(known_at).replace(tzinfo=UTC) if isinstance(known_at, str) else known_at
    row = {"customer": customer, "product": 1, "amount": amount, "pieces": 1, "note": None, "known_at": moment}
    return {**row, **others}


def random_orders(seed: int, first: str, days: int, rows: int, customers: int) -> list[Row]:
    """Orders spread evenly over `days` from `first` on."""
    chance = random.Random(seed)
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [
        order(
            start + timedelta(seconds=chance.randrange(days * 86_400)),
            f"c{chance.randrange(customers)}",
            chance.choice([0.1, 19.99, 1e9, -3.7]) * chance.random(),
            product=chance.randrange(50),
            pieces=chance.randrange(1, 9),
            note=chance.choice([None, "gift", "rush"]),
        )
        for _ in range(rows)
    ]


class Shop:
    """A folder with the shop's definitions and orders; every store on it is opened anew, as a process would."""

    online: Callable[[], str] = staticmethod(lambda: "")
    """What featurestore.yaml says of the online store."""

    def __init__(self, folder: Path, definitions: str = DEFINITIONS) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "featurestore.yaml").write_text(
            "project: shop\nengine: {threads: 1, memory_limit: 512MB}\n" + self.online()
        )
        self.declare(definitions)

    def declare(self, definitions: str) -> None:
        """Put these definitions in the place of what was declared."""
        (self.folder / "shop.yaml").write_text(definitions, encoding="utf-8")

    def change(self, *replacements: tuple[str, str]) -> None:
        """Replace some text of the definitions, each once."""
        text = (self.folder / "shop.yaml").read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new, 1)
        self.declare(text)

    def land(self, name: str, rows: Sequence[Row]) -> Path:
        """Let a file of orders arrive."""
        return self.land_table(name, pa.Table.from_pylist(list(rows), SCHEMA))

    def land_table(self, name: str, table: pa.Table) -> Path:
        """Let a file of orders arrive, whatever its columns."""
        file = self.folder / "data" / "orders" / f"{name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file)
        return file

    def store(self, now: str) -> FeatureStore:
        """A store whose clock stands at `now`."""
        return FeatureStore(self.folder, clock=FixedClock(now))

    def applied(self, now: str) -> FeatureStore:
        """A store with what is declared applied."""
        store = self.store(now)
        store.apply()
        return store


def published_shop(folder: Path, definitions: str, now: str, customers: Sequence[str] = ("ann",)) -> Path:
    """The folder of a shop with an order of each customer, published as of `now`; nothing in it is open."""
    shop = Shop(folder, definitions)
    shop.land("orders", [order("2024-03-31", name, 2.5) for name in customers])
    store = shop.applied(now)
    store.materialize()
    store._context.registry.close()
    store._online.close()
    return shop.folder


def segments(store: FeatureStore, table: str = "") -> list[Segment]:
    """The present segments of the tile tables whose report label begins with `table`; all without it."""
    context = store._context
    held = {
        column.table.name
        for column in context.applied().all_columns()
        if f"{column.entity.name}_{column.grid.name}".startswith(table)
    }
    return [segment for name in sorted(held) for segment in context.registry.segments.current(name)]


def known_files(store: FeatureStore) -> set[str]:
    """The files that the registry knows, of the present segments and of every base, relative to the offline root."""
    return {segment.path for segment in segments(store)} | store._context.registry.bases.paths()


def offline_files(store: FeatureStore) -> set[str]:
    """The files that are there, relative to the offline root."""
    root = store._context.offline_root
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def frames(store: FeatureStore, views: Sequence[str], customers: Sequence[str], at: Sequence[str]) -> dict[str, Any]:
    """The training rows of customer views in one frame, column by column, for each instant and customer."""
    instants = [parse_instant(item) for item in at for _ in customers]
    spine = pa.table(
        {
            "customer": list(customers) * len(at),
            "event_timestamp": pa.array(instants, pa.timestamp("us", tz="UTC")),
        }
    )
    answered = store.get_historical_features(spine, [f"{view}:*" for view in views]).to_arrow()
    return dict(answered.drop_columns(spine.column_names).to_pydict())


def frame(store: FeatureStore, view: str, keys: Sequence[Any], at: str | Sequence[str]) -> list[Row]:
    """The training rows of one view for keys of its entity, each at `at` or at its own of them."""
    instants = [at] * len(keys) if isinstance(at, str) else list(at)
    entity = ENTITIES.get(view, "customer")
    kind = pa.int64() if entity == "product" else pa.string()
    spine = pa.table(
        {
            entity: pa.array(list(keys), kind),
            "event_timestamp": pa.array([parse_instant(item) for item in instants], pa.timestamp("us", tz="UTC")),
        }
    )
    answered = store.get_historical_features(spine, [f"{view}:*"]).to_arrow()
    return list(answered.drop_columns(spine.column_names).to_pylist())


def online(store: FeatureStore, view: str, keys: Sequence[Any]) -> list[Row]:
    """What online answers for keys of a view's entity."""
    entity = ENTITIES.get(view, "customer")
    answered = store.get_online_features([f"{view}:*"], [{entity: key} for key in keys]).to_dict()
    names = [name for name in answered if name != entity]
    return [{name: answered[name][position] for name in names} for position in range(len(keys))]


def bits(value: Any) -> Any:
    """A value with each double as a text of all its bits."""
    match value:
        case float():
            return value.hex()
        case dict():
            return {name: bits(item) for name, item in value.items()}
        case list() | tuple():
            return [bits(item) for item in value]
        case _:
            return value


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of the offline store with its size and time of change."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted((folder / ".featurestore" / "offline").rglob("*"))
        if path.is_file()
    }


def make_old(folder: Path, seconds: float = 7_200) -> None:
    """Let everything in the offline store have been written a while ago."""
    for path in (folder / ".featurestore" / "offline").rglob("*"):
        past = path.stat().st_mtime - seconds
        os.utime(path, (past, past))


def raising(error: BaseException) -> Callable[..., Any]:
    """A function that only raises."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail
