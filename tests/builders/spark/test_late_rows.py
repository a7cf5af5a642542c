"""Runs after the first on Spark: values that need more limbs, late rows, and what is published because of them."""

from __future__ import annotations

from pathlib import Path

from builders.spark.engine import SparkEngine
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.journeys.shop import ONE_VIEW, Row, Shop, bits, online, order, random_orders

FIRST, SECOND = "2024-04-02T05:00:00", "2024-04-03T05:00:00"
EVERY_KIND = ONE_VIEW + (
    "      - {name: notes, agg: count, by: note, top: 3, windows: [7d, 60d]}\n"
    "      - {name: median, agg: quantile, quantile: 0.5, of: amount, windows: [28d]}\n"
    "      - {name: products, agg: count_distinct, of: product, windows: [28d]}\n"
    "      - {name: latest, agg: last_n, n: 3, of: note}\n"
)
HUGE = 1e200
"""A value that needs more limbs than tiles are planned with at first."""

CUSTOMERS = [f"c{number}" for number in range(6)]


def _online(folder: Path, engine: SparkEngine | None) -> list[Row]:
    """What is online after two runs; between them rows came late."""
    shop = Shop(folder, EVERY_KIND)
    shop.land("march", [*random_orders(1, "2024-02-01", 58, 300, 5), order("2024-03-20", "c1", HUGE)])
    for now in (FIRST, SECOND):
        store = FeatureStore(shop.folder, clock=FixedClock(now), spark=None if engine is None else engine.session)
        store.apply()
        store.materialize()
        shop.land("late", [order("2024-03-29", "c2", -HUGE, note="rush"), order("2024-03-30", "c5")])
    return online(store, "customer_daily", CUSTOMERS)


def test_late_rows_are_published_on_spark_as_on_duckdb(tmp_path: Path, engine: SparkEngine) -> None:
    spark = _online(tmp_path / "spark", engine)
    assert bits(spark) == bits(_online(tmp_path / "duckdb", None))
    assert spark[5]["orders_7d"] == 1
