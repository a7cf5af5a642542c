"""A source may be a table of Spark's catalog: its files are what tiles are made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.spark.engine import SparkEngine
from definitions.errors import SourceError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.journeys.shop import ONE_VIEW, Shop, order, random_orders

NOW = "2024-04-02T05:00:00"
MARCH = random_orders(5, "2024-03-01", 28, 300, 20)
TABLE, DATABASE = "shop_of_tables.orders", "shop_of_tables"
PATH = "path: data/orders/*.parquet"
IN_FOLDERS = (
    ("product: bigint, ", ""),
    ("known_at: timestamp}\n", "known_at: timestamp}\n    partitions: {product: bigint}\n"),
)


@pytest.fixture
def database(engine: SparkEngine, tmp_path: Path) -> Iterator[str]:
    """A database of the catalog, which all sessions of the application have."""
    engine.session.sql(f"CREATE DATABASE {DATABASE} LOCATION '{tmp_path / 'warehouse'}'")
    yield DATABASE
    engine.session.sql(f"DROP DATABASE {DATABASE} CASCADE")


def _write(shop: Shop, engine: SparkEngine, month: str, by: tuple[str, ...] = (), kind: str = "parquet") -> None:
    """Append the rows of a file of the shop to the table."""
    rows = engine.session.read.parquet(str(shop.folder / "data" / "orders" / f"{month}.parquet"))
    writer = rows.write.format(kind).mode("append")
    (writer.partitionBy(*by) if by else writer).saveAsTable(TABLE)


def _shops(folder: Path, engine: SparkEngine, by: tuple[str, ...] = ()) -> tuple[Shop, Shop]:
    """Two shops of the same orders, whose source is a path and a table."""
    files, tables = Shop(folder / "files", ONE_VIEW), Shop(folder / "tables", ONE_VIEW)
    tables.change((PATH, f"table: {TABLE}"))
    for shop in (files, tables):
        shop.land("march", MARCH)
    _write(tables, engine, "march", by)
    return files, tables


def _values(shop: Shop, engine: SparkEngine) -> Any:
    store = _store(shop, engine)
    store.materialize(publish=False)
    found = store.get_features_as_of("2024-04-01T05:00:00", ["customer_daily:*"]).to_arrow()
    return found.sort_by("customer").to_pydict()


def _store(shop: Shop, engine: SparkEngine) -> FeatureStore:
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    store.apply()
    return store


@pytest.mark.usefixtures("database")
def test_a_table_has_the_values_of_its_files_and_of_what_others_write_into_it(
    tmp_path: Path, engine: SparkEngine
) -> None:
    files, tables = _shops(tmp_path, engine)
    assert _values(tables, engine) == _values(files, engine)
    late = [order("2024-03-12T10:00:00", "c0", 1_000.0), order("2024-03-31T10:00:00", "somebody new")]
    for shop in (files, tables):
        shop.land("late", late)
    _write(tables, engine, "late")
    renewed = _values(tables, engine)
    assert renewed == _values(files, engine)
    assert "somebody new" in renewed["customer"]


@pytest.mark.usefixtures("database")
def test_partitions_of_a_table_are_those_of_its_folders(tmp_path: Path, engine: SparkEngine) -> None:
    files, tables = _shops(tmp_path, engine, by=("product",))
    with pytest.raises(SourceError, match=r"product is in the folders of .*; declare it under partitions"):
        _values(tables, engine)
    tables.change(*IN_FOLDERS)
    for shop in (files, tables):
        shop.change(("agg: count, windows: [1d, 7d, 60d]", "agg: count, where: product < 10, windows: [1d, 7d, 60d]"))
    assert _values(tables, engine) == _values(files, engine)


@pytest.mark.usefixtures("database")
def test_a_partition_in_a_folder_that_does_not_say_so_is_refused(tmp_path: Path, engine: SparkEngine) -> None:
    _, tables = _shops(tmp_path, engine, by=("product",))
    tables.change(*IN_FOLDERS)
    elsewhere = tmp_path / "elsewhere"
    engine.session.read.parquet(str(tables.folder / "data" / "orders")).drop("product").write.parquet(str(elsewhere))
    engine.session.sql(f"ALTER TABLE {TABLE} ADD PARTITION (product = 77) LOCATION '{elsewhere}'")
    with pytest.raises(SourceError, match="do not say what product is"):
        _values(tables, engine)


@pytest.mark.usefixtures("database")
def test_a_table_that_is_not_parquet_or_not_there_is_refused_with_what_to_do(
    tmp_path: Path, engine: SparkEngine
) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.change((PATH, f"table: {TABLE}"))
    shop.land("march", MARCH)
    with pytest.raises(SourceError, match=f"Spark's catalog has no table {TABLE}"):
        _values(shop, engine)
    _write(shop, engine, "march", kind="csv")
    with pytest.raises(SourceError, match="is of kind csv; a source is a table of Parquet files"):
        _values(shop, engine)
    engine.session.sql(f"CREATE VIEW {DATABASE}.seen AS SELECT * FROM {TABLE}")
    shop.change((TABLE, f"{DATABASE}.seen"))
    with pytest.raises(SourceError, match="is of kind view"):
        _values(shop, engine)
    shop.change((f"table: {DATABASE}.seen", 'table: "seen; DROP"'))
    with pytest.raises(SourceError, match="is no name of a table; write it like sales"):
        _values(shop, engine)
    shop.change(('table: "seen; DROP"', f"table: {DATABASE}.empty"))
    engine.session.sql(f"CREATE TABLE {DATABASE}.empty (customer STRING) USING parquet")
    with pytest.raises(SourceError, match="has no files; write rows into it first"):
        _values(shop, engine)


def test_duckdb_sees_no_catalog(tmp_path: Path) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.change((PATH, f"table: {TABLE}"))
    with pytest.raises(SourceError, match="which DuckDB does not see; set engine: spark"):
        shop.applied(NOW).materialize(publish=False)
