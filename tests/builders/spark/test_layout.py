"""Tiles in buckets by their entity's key: where they are, and that everything done to segments keeps them there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from builders.layout import bucket_file, buckets_of, list_files
from builders.spark.engine import SparkEngine
from builders.sql.tiles import HOP_START
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.compact import join_segments
from featurestore.held_lease import held_lease
from featurestore.registry.leases import LeaseRegistry
from tests.builders.spark.executions import executions_of
from tests.builders.spark.test_exchanges import COMPANY, NOW, SPINE, exchanges_of_frame, spine_of_march
from tests.journeys.shop import Shop, bits, order, random_orders

LATER = "2024-04-20T05:00:00"
ASKED = ["customer_daily:*", "customer_latest:*", "product_daily:*", "basket_daily:*"]
ODD = "sh[o]p 100% {a} 'b'"
"""A folder whose name means something to whoever takes it for a pattern, a URL or SQL."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, engine: SparkEngine) -> Shop:
    """Five views of three entities, of whose tiles Spark built two segments at least."""
    shop = Shop(tmp_path_factory.mktemp("layout") / ODD, COMPANY)
    for month in (1, 2, 3):
        shop.land(f"month_{month}", random_orders(month, f"2024-0{month}-01", 28, 300, 40))
    _store(shop, engine).materialize(publish=False)
    return shop


def _store(shop: Shop, engine: SparkEngine | None, now: str = NOW) -> FeatureStore:
    store = FeatureStore(shop.folder, clock=FixedClock(now), spark=None if engine is None else engine.session)
    store.apply()
    return store


def _segments(store: FeatureStore) -> dict[str, list[Path]]:
    """The paths of the current segments by tile table."""
    context = store._context
    tables = {segment.tile_table for segment in context.registry.segments.present()}
    return {
        table: [context.offline_root / item.path for item in context.registry.segments.current(table)]
        for table in tables
    }


def _leases(store: FeatureStore) -> LeaseRegistry:
    return store._context.registry.leases


def _frame(store: FeatureStore) -> Any:
    return bits(store.get_historical_features(spine_of_march(), ASKED).to_arrow().to_pydict())


def test_an_entity_is_in_one_bucket_of_all_tables_and_segments(built: Shop, engine: SparkEngine) -> None:
    buckets: dict[tuple[object, ...], set[int]] = {}
    for paths in _segments(_store(built, engine)).values():
        assert len(paths) > 1
        for path in paths:
            assert buckets_of(path) == 8
            assert sorted(path.iterdir()) == list_files(path)
            for bucket in range(8):
                tiles = pq.read_table(path / bucket_file(bucket))
                keys = tiles.column_names[: tiles.column_names.index(HOP_START)]
                rows = list(zip(*(tiles[name].to_pylist() for name in (*keys, HOP_START)), strict=True))
                assert rows == sorted(rows)
                for *values, _ in rows:
                    buckets.setdefault((*keys, *values), set()).add(bucket)
    assert len(buckets) > 100
    assert {len(held) for held in buckets.values()} == {1}
    assert set.union(*buckets.values()) == set(range(8))


def test_the_other_engine_reads_the_buckets(built: Shop, engine: SparkEngine) -> None:
    assert _frame(_store(built, None)) == _frame(_store(built, engine))


def test_erasing_compacting_and_restoring_on_either_engine_keep_tiles_where_they_are(
    built: Shop, engine: SparkEngine, tmp_path: Path
) -> None:
    store = _store(built, None)
    store.erase({"customer": "c7"}, reason="asked to")
    built.land("april", random_orders(4, "2024-04-01", 2, 30, 40))
    _store(built, engine, LATER).materialize(publish=False)
    expected = _frame(store)
    assert expected["orders_60d"][7] == 0
    table = next(column.table for column in store._context.applied().all_columns())
    before = store._context.registry.segments.current(table.name)
    with held_lease(_leases(store), f"tiles/{table.name}") as lease:
        join_segments(store._context, lease, table, [before[-2:]])
    assert {buckets_of(path) for paths in _segments(store).values() for path in paths} == {8}
    assert exchanges_of_frame(_store(built, engine, LATER), engine, ASKED[:2]) == [SPINE]
    assert _frame(_store(built, engine, LATER)) == expected
    store.backup(tmp_path / "backup")
    other = Shop(tmp_path / "restored", COMPANY)
    restored = FeatureStore(other.folder, clock=FixedClock(LATER))
    assert restored.restore(tmp_path / "backup").segments == len(store._context.registry.segments.present())
    assert _frame(restored) == expected
    assert _frame(_store(other, engine, LATER)) == expected


def test_vacuum_removes_buckets_that_nobody_reads(engine: SparkEngine, tmp_path: Path) -> None:
    shop = Shop(tmp_path, COMPANY)
    shop.land("march", [order("2024-03-05", "ann")])
    _store(shop, engine).materialize(views=["customer_daily"], publish=False)
    (before,) = (path for paths in _segments(_store(shop, None)).values() for path in paths)
    shop.land("late", [order("2024-03-04", "bob")])
    store = _store(shop, engine, "2024-04-03T05:00:00")
    store.materialize(views=["customer_daily"], publish=False)
    assert before.is_dir()
    store.vacuum(minimum_age="0s")
    assert not before.exists() and not before.parent.exists()


def test_compacting_on_spark_puts_tiles_of_the_other_engine_into_buckets(engine: SparkEngine, tmp_path: Path) -> None:
    shop = Shop(tmp_path, COMPANY)
    shop.land("march", random_orders(3, "2024-03-01", 28, 300, 40))
    _store(shop, None).materialize(publish=False)
    expected = _frame(_store(shop, None))
    store = _store(shop, engine)
    assert "shuffle customer" in exchanges_of_frame(store, engine, ASKED[:1])
    assert any(report.before for report in store.compact())
    table = next(column.table for column in store._context.applied().all_columns())
    present = store._context.registry.segments.current(table.name)
    with executions_of(engine.session) as executed, held_lease(_leases(store), f"tiles/{table.name}") as lease:
        join_segments(store._context, lease, table, [present])
    (written,) = [item for item in executed if item.nodes["Sort"]]
    assert (written.nodes["Exchange"], written.nodes["Sort"]) == (0, 1)
    assert exchanges_of_frame(store, engine, ASKED[:1]) == [SPINE]
    assert _frame(store) == expected
    assert {report.before for report in store.compact()} == {0}


def test_other_buckets_are_other_places(engine: SparkEngine, tmp_path: Path) -> None:
    shop = Shop(tmp_path, COMPANY)
    shop.land("march", random_orders(3, "2024-03-01", 28, 300, 40))
    _store(shop, engine).materialize(views=["customer_daily"], publish=False)
    expected = _frame(_store(shop, engine))
    shop.change(("keys: {customer: string}}\n", "keys: {customer: string}, buckets: 3}\n"))
    store = _store(shop, engine)
    assert exchanges_of_frame(store, engine, ASKED[:1]) == [SPINE, "shuffle customer"]
    assert _frame(store) == expected
    store.compact(["customer_daily"])
    assert {buckets_of(path) for paths in _segments(store).values() for path in paths} == {3}
    assert exchanges_of_frame(store, engine, ASKED[:1]) == [SPINE]
    assert _frame(store) == expected
