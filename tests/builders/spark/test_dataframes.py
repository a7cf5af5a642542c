"""Entity dataframes that are Spark's, and frames that stay there."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.spark.engine import SparkEngine
from definitions.errors import RequestError
from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from tests.journeys.shop import ONE_VIEW, Shop, order

NOW = "2024-04-02T05:00:00"
ASKED = pa.table(
    {
        "customer": ["ann", "bob", None, "eve"],
        "event_timestamp": pa.array([parse_instant("2024-03-05")] * 4, pa.timestamp("us", tz="UTC")),
        "label": [1, 0, 1, 0],
    }
)
REQUEST = ["customer_daily:spent_7d", "customer_daily:orders_60d"]
EXPECTED = [("ann", 1, 3.0, 2), ("bob", 0, 4.0, 1), ("eve", 0, None, 0), (None, 1, None, 0)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("dataframes"), ONE_VIEW)
    shop.land(
        "march", [order("2024-03-01", "ann", 1.0), order("2024-03-02", "ann", 2.0), order("2024-03-02", "bob", 4.0)]
    )
    return shop


def _store(shop: Shop, engine: SparkEngine) -> FeatureStore:
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    store.apply()
    return store


def _sorted(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted(rows, key=lambda row: str(row[0] or "z"))


def test_a_dataframe_of_spark_goes_in_and_comes_out_with_its_own_columns(shop: Shop, engine: SparkEngine) -> None:
    asked = engine.session.newSession().createDataFrame(ASKED)
    frame = _store(shop, engine).get_historical_features(asked, REQUEST).to_spark()
    assert frame.columns == ["customer", "event_timestamp", "label", "spent_7d", "orders_60d"]
    found = frame.select("customer", "label", "spent_7d", "orders_60d").collect()
    assert _sorted([tuple(row) for row in found]) == EXPECTED


def test_parquet_goes_through_spark_in_its_order(shop: Shop, engine: SparkEngine, tmp_path: Path) -> None:
    for number, start in enumerate((0, 2)):
        pq.write_table(ASKED.slice(start, 2), tmp_path / f"part_{number}.parquet")
    found = _store(shop, engine).get_historical_features(tmp_path, REQUEST).to_arrow()
    assert found.column("customer").to_pylist() == ASKED.column("customer").to_pylist()
    assert found.column("spent_7d").to_pylist() == [3.0, 4.0, None, None]


def test_a_table_in_memory_can_become_a_dataframe(shop: Shop, engine: SparkEngine) -> None:
    frame = _store(shop, engine).get_historical_features(ASKED, REQUEST).to_spark()
    found = frame.select("customer", "label", "spent_7d", "orders_60d").collect()
    assert _sorted([tuple(row) for row in found]) == EXPECTED


def test_what_duckdb_cannot_take_or_give_it_says(shop: Shop, engine: SparkEngine) -> None:
    store = FeatureStore(shop.folder, clock=FixedClock(NOW))
    with pytest.raises(RequestError, match="hand its session over"):
        store.get_historical_features(engine.session.createDataFrame(ASKED), REQUEST)
    with pytest.raises(RequestError, match="needs the Spark engine"):
        store.get_historical_features(ASKED, REQUEST).to_spark()
    with pytest.raises(RequestError, match="no manifest"):
        asked = engine.session.createDataFrame(ASKED)
        _store(shop, engine).get_historical_features(asked, REQUEST).manifest  # noqa: B018 reading it raises
