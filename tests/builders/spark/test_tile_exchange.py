"""What crosses when tiles are built: rows, or what tasks added up before; the tiles are the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders.plan import ReadSource
from builders.spark import tile_exchange
from builders.spark.engine import SparkEngine
from builders.spark.tile_exchange import count_by_key, find_frequent, measure_density
from definitions.durations import BEGINNING, END
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.builders.spark.executions import executions_of
from tests.journeys.shop import ONE_VIEW, Row, Shop, frame, order

NOW = "2024-04-02T05:00:00"
HOT = "c'0"


def _orders(customers: Sequence[str], days: int) -> list[Row]:
    """An order for each customer in turn, spread over the days of March."""
    start = datetime(2024, 3, 1, tzinfo=UTC)
    step = timedelta(days=days) / len(customers)
    return [
        order(start + step * position, customer, 0.1 * position, pieces=position % 7)
        for position, customer in enumerate(customers)
    ]


DENSE = _orders([f"c{n % 5}" for n in range(400)], 4)
SPARSE = _orders([f"c{n % 100}" for n in range(400)], 28)
SKEWED = _orders([HOT if n % 2 else f"c{n}" for n in range(400)], 28)


def _shop(folder: Path, rows: list[Row]) -> Shop:
    shop = Shop(folder, ONE_VIEW)
    shop.land("march", rows)
    return shop


def _store(shop: Shop, engine: SparkEngine) -> FeatureStore:
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    store.apply()
    return store


@pytest.mark.parametrize(
    ("rows", "per_tile", "share"), [(DENSE, 20.0, 0.2), (SPARSE, 1.0, 0.01), (SKEWED, 400 / 228, 0.5)]
)
def test_a_file_tells_rows_a_tile_and_the_share_of_its_most_frequent_key(
    tmp_path: Path, engine: SparkEngine, rows: list[Row], per_tile: float, share: float
) -> None:
    store = _store(_shop(tmp_path, rows), engine)
    table = store._context.applied().all_columns()[0].table
    read = ReadSource("rows", table, store._context.source_files(table.source), BEGINNING, END, ())
    with engine.working("looking") as database:
        found = measure_density(database, count_by_key(database, read))
    assert found.rows == len(rows)
    assert found.rows_per_tile == pytest.approx(per_tile, rel=0.1)
    assert found.largest_share == pytest.approx(share, rel=0.01)


def test_rows_of_frequent_entities_alone_are_added_up_first(tmp_path: Path, engine: SparkEngine) -> None:
    one_a_tile = [order(datetime(2024, 3, day, tzinfo=UTC), "once a day") for day in range(1, 29) for _ in range(3)]
    store = _store(_shop(tmp_path, [*SKEWED, *one_a_tile]), engine)
    table = store._context.applied().all_columns()[0].table
    read = ReadSource("rows", table, store._context.source_files(table.source), BEGINNING, END, ())
    with engine.working("looking") as database:
        by_key = count_by_key(database, read)
        assert find_frequent(database, by_key, table.keys, 100) == ((HOT,),)
        assert find_frequent(database, by_key, table.keys, 50) == ((HOT,), ("once a day",))
        assert find_frequent(database, by_key, table.keys, 1) == ((HOT,), ("once a day",))


@pytest.mark.parametrize(("rows", "exchanges"), [(DENSE, 2), (SPARSE, 1), (SKEWED, 3)])
def test_dense_and_skewed_rows_are_added_up_first_and_make_the_same_tiles(
    tmp_path: Path, engine: SparkEngine, monkeypatch: pytest.MonkeyPatch, rows: list[Row], exchanges: int
) -> None:
    customers = sorted({row["customer"] for row in rows})[:20]
    in_rows = _store(_shop(tmp_path / "in_rows", rows), engine)
    in_rows.materialize(publish=False)
    monkeypatch.setattr(tile_exchange, "_FEW_ROWS", 0)
    chosen = _store(_shop(tmp_path / "chosen", rows), engine)
    with executions_of(engine.session) as executed:
        chosen.materialize(publish=False)
    # The bases are made after it.
    build, *_ = [item for item in executed if item.nodes["Sort"]]
    assert build.nodes["Exchange"] == exchanges
    asked = ("customer_daily", customers, "2024-03-20T10:00:00")
    assert frame(chosen, *asked) == frame(in_rows, *asked)
