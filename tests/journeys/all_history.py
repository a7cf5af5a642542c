"""A shop with a view over all history of every kind, and what readers see of it."""

from __future__ import annotations

from typing import Any, Final

from featurestore import FeatureStore
from featurestore.registry.bases import Base
from tests.journeys.processes import Say
from tests.journeys.shop import DEFINITIONS, Shop, bits, frame, online, order, random_orders

EVER: Final = """\
  - name: customer_ever
    entity: customer
    source: orders
    every: 1d
    delay: 1h
    features:
      - {name: orders, agg: count, windows: [7d]}
      - {name: orders_ever, agg: count}
      - {name: spent, agg: sum, of: amount}
      - {name: amount, agg: stddev, of: amount}
      - {name: largest, agg: max, of: amount}
      - {name: first_note, agg: first, of: note, nulls: keep}
      - {name: note, agg: last, of: note, ttl: 30d}
      - {name: last_amounts, agg: last_n, n: 3, of: amount}
      - {name: typical, agg: quantile, quantile: 0.5, of: amount}
      - {name: products, agg: count_distinct, of: product}
      - {name: favourite, agg: most_frequent, n: 2, of: product}
"""
ALL_HISTORY: Final = DEFINITIONS.partition("feature_views:")[0] + "feature_views:\n" + EVER
VIEW: Final = "customer_ever"
CUSTOMERS: Final = [*(f"c{number}" for number in range(200)), "late", "nobody"]
NOW: Final = "2024-06-20T05:00:00"
INSTANTS: Final = ("2024-02-10", "2024-05-01T12:00:00", "2024-06-20")


def set_up(shop: Shop) -> FeatureStore:
    for month in range(1, 6):
        shop.land(f"month_{month}", random_orders(month, f"2024-0{month}-01", 28, 800, 200))
    store = shop.applied(NOW)
    store.materialize()
    return store


def bases_of(store: FeatureStore, superseded: bool = False) -> list[Base]:
    context = store._context
    tables = sorted({column.table.name for column in context.applied().all_columns()})
    registry = context.registry.bases
    return [base for table in tables for base in (registry.of(table) if superseded else registry.current(table))]


def values(store: FeatureStore) -> list[Any]:
    return [bits(frame(store, VIEW, CUSTOMERS, at)) for at in INSTANTS]


def read(say: Say, shop: Shop) -> tuple[Any, Any, list[tuple[int, int]]]:
    store = shop.store(NOW)
    held = bases_of(store)
    assert all((store._context.offline_root / base.path).is_file() for base in held)
    return values(store), bits(online(store, VIEW, CUSTOMERS)), [(base.boundary, base.rows) for base in held]


def land_and_apply(say: Say, shop: Shop) -> None:
    set_up(shop)
    shop.land("forgotten", [order("2024-01-02T12:00:00", "late", 5.0)])


def vacuum(say: Say, shop: Shop) -> None:
    store = shop.store(NOW)
    store.vacuum("0s")
    root = store._context.offline_root
    held = store._context.registry.segments.paths() | {base.path for base in bases_of(store)}
    assert {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()} == held
