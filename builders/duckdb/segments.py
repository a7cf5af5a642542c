"""Building segments with DuckDB: one scan of the source, one Parquet file per segment; and bases, from segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
from sqlglot import exp

from builders.answers import BuildBase
from builders.duckdb import dialect
from builders.duckdb.connection import translated_errors
from builders.engine import BuiltSegment, SegmentTask, StoredTiles
from builders.plan import BuildTiles, ReadSource, TileSlot
from builders.sql.ast import between, call, column, select, text
from builders.sql.render import render_statement
from builders.sql.source_rows import over_rows, read_types, rows_between, with_dimensions
from builders.sql.tiles import HOP_START
from builders.tile_table import TileTable

BUILT = "built"


def build_segments(
    connection: duckdb.DuckDBPyConnection, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
) -> list[BuiltSegment]:
    """Reduce the source to tiles once, then write each task's range of them, sorted by entity and time."""
    label = read.table.label
    with translated_errors(f"building tiles of {label}"):
        _run(connection, _create_built(render_statement(dialect, BuildTiles(f"built_{label}", read, slots))))
        return [_write(connection, read, slots, task) for task in tasks]


def build_base(connection: duckdb.DuckDBPyConnection, plan: BuildBase, file: Path) -> StoredTiles:
    """The combined tiles in one file, sorted by entity."""
    keys = plan.tiles.table.keys
    combined = select("*").from_(render_statement(dialect, plan).subquery("base", copy=False), copy=False)
    copy_tiles(connection, combined.order_by(*map(column, keys), copy=False), file)
    return count_tiles(connection, keys, file)


def compact_segments(
    connection: duckdb.DuckDBPyConnection,
    table: TileTable,
    columns: Sequence[str],
    files: Sequence[Path],
    target: Path,
) -> StoredTiles:
    """The tiles of all files in one, sorted as every segment is."""
    keys = [column(key) for key in table.keys]
    tiles = (
        select(*keys, column(HOP_START), *map(column, columns))
        .from_(dialect.read_segments(tuple(map(str, files))), copy=False)
        .order_by(*keys, column(HOP_START), copy=False)
    )
    copy_tiles(connection, tiles, target)
    return count_tiles(connection, table.keys, target)


def count_null_keys(connection: duckdb.DuckDBPyConnection, read: ReadSource) -> int:
    """Rows of the range that no entity has, because a part of the key is null."""
    source, keyed = read.table.source, replace(read, slots=(), measures=(), key_filter=None)
    nulls = exp.or_(*(exp.Is(this=column(held), expression=exp.Null()) for held in read.table.key_columns))
    rows = rows_between(dialect, source, read.files, read_types(keyed), (read.start, read.end))
    query = over_rows(dialect, select(exp.Count(this=exp.Star())), rows, keyed.dimensions, [nulls])
    query = with_dimensions(dialect, query, keyed.dimensions)
    with translated_errors(f"reading source {source.name}"):
        return int(connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()[0][0])


def count_source_rows(connection: duckdb.DuckDBPyConnection, read: ReadSource) -> int:
    """Rows of the range that go into tiles: those with a whole key, after `dedupe`."""
    query = select(exp.Count(this=exp.Star())).from_(
        render_statement(dialect, read).subquery("rows", copy=False), copy=False
    )
    with translated_errors(f"reading source {read.table.source.name}"):
        return int(connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()[0][0])


def _run(connection: duckdb.DuckDBPyConnection, statement: exp.Expression) -> None:
    connection.execute(statement.sql(dialect="duckdb", copy=False))


def _create_built(query: exp.Query) -> exp.Expression:
    temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(this=exp.to_table(BUILT), kind="TABLE", replace=True, properties=temporary, expression=query)


def copy_tiles(connection: duckdb.DuckDBPyConnection, tiles: exp.Query, file: Path) -> None:
    """Write the rows of a query as a file of tiles."""
    target = text(str(file)).sql(dialect="duckdb", copy=False)
    connection.execute(
        f"COPY ({tiles.sql(dialect='duckdb', copy=False)}) TO {target} (FORMAT parquet, COMPRESSION zstd)"
    )


def count_tiles(connection: duckdb.DuckDBPyConnection, keys: Sequence[str], file: Path) -> StoredTiles:
    """What a file of tiles holds, by its entities' key columns."""
    counted = select(*_counts(keys)).from_(dialect.read_segments((str(file),)), copy=False)
    ((rows, entities),) = connection.execute(counted.sql(dialect="duckdb", copy=False)).fetchall()
    return StoredTiles(int(rows), int(entities), file.stat().st_size)


def _counts(keys: Sequence[str]) -> list[exp.Expression]:
    """How many tiles there are, and about how many entities."""
    entity = column(keys[0]) if len(keys) == 1 else exp.Tuple(expressions=[column(key) for key in keys])
    return [exp.Count(this=exp.Star()), call("approx_count_distinct", entity)]


def _write(
    connection: duckdb.DuckDBPyConnection, read: ReadSource, slots: tuple[TileSlot, ...], task: SegmentTask
) -> BuiltSegment:
    keys = [column(key) for key in read.table.keys]
    stored = [*keys, column(HOP_START), *(column(item.name) for held in slots for item in held.columns)]
    within = between(column(HOP_START), task.start, task.end)
    tiles = (
        select(*stored)
        .from_(BUILT, copy=False)
        .where(*within, copy=False)
        .order_by(*keys, column(HOP_START), copy=False)
    )
    copy_tiles(connection, tiles, task.file)
    counts = [*_counts(read.table.keys), *(exp.Sum(this=column(item.name)) for item in read.measures)]
    measured = select(*counts).from_(BUILT, copy=False).where(*within, copy=False)
    rows, found, *totals = connection.execute(measured.sql(dialect="duckdb", copy=False)).fetchall()[0]
    named = {item.name: int(total or 0) for item, total in zip(read.measures, totals, strict=True)}
    return BuiltSegment(task, slots, int(rows), int(found), task.file.stat().st_size, named)
