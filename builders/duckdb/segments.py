"""Building segments with DuckDB: one scan of the source, one Parquet file per segment; and bases, from segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from builders.answers import BuildBase
from builders.duckdb import dialect
from builders.duckdb.connection import translated_errors
from builders.engine import BuiltBase, BuiltSegment, SegmentTask
from builders.plan import BuildTiles, ReadSource, TileSlot
from builders.sql.ast import between, call, column, select, text
from builders.sql.render import render_statement
from builders.sql.tiles import HOP_START

BUILT = "built"


def build_segments(
    connection: duckdb.DuckDBPyConnection, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
) -> list[BuiltSegment]:
    """Reduce the source to tiles once, then write each task's range of them, sorted by entity and time."""
    label = read.table.label
    with translated_errors(f"building tiles of {label}"):
        _run(connection, _create_built(render_statement(BuildTiles(f"built_{label}", read, slots))))
        return [_write(connection, read, slots, task) for task in tasks]


def build_base(connection: duckdb.DuckDBPyConnection, plan: BuildBase, file: Path) -> BuiltBase:
    """Combine tiles by entity into one file, sorted by entity."""
    table = plan.tiles.table
    combined = select("*").from_(render_statement(plan).subquery("base", copy=False), copy=False)
    with translated_errors(f"making a base of {table.label}"):
        rows = _copy(connection, combined.order_by(*(column(key) for key in table.keys), copy=False), file)
    return BuiltBase(rows, file.stat().st_size)


def count_null_keys(connection: duckdb.DuckDBPyConnection, read: ReadSource) -> int:
    """Rows of the range that no entity has, because a part of the key is null."""
    source = read.table.source
    nulls = exp.or_(*(exp.Is(this=column(held), expression=exp.Null()) for held in read.table.key_columns))
    query = (
        select(exp.Count(this=exp.Star()))
        .from_(dialect.read_files(source, read.files), copy=False)
        .where(nulls, copy=False)
    )
    if source.timestamp is not None:
        query = query.where(
            *dialect.instant_between(source.timestamp, read.timestamp_type, read.start, read.end), copy=False
        )
    with translated_errors(f"reading source {source.name}"):
        return int(connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()[0][0])


def count_source_rows(connection: duckdb.DuckDBPyConnection, read: ReadSource) -> int:
    """Rows of the range that go into tiles: those with a whole key, after `dedupe`."""
    query = select(exp.Count(this=exp.Star())).from_(render_statement(read).subquery("rows", copy=False), copy=False)
    with translated_errors(f"reading source {read.table.source.name}"):
        return int(connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()[0][0])


def _run(connection: duckdb.DuckDBPyConnection, statement: exp.Expression) -> None:
    connection.execute(statement.sql(dialect="duckdb", copy=False))


def _copy(connection: duckdb.DuckDBPyConnection, query: exp.Query, file: Path) -> int:
    """Write the rows of a query to a Parquet file; returns how many."""
    target = text(str(file)).sql(dialect="duckdb", copy=False)
    copied = f"COPY ({query.sql(dialect='duckdb', copy=False)}) TO {target} (FORMAT parquet, COMPRESSION zstd)"
    return int(connection.execute(copied).fetchall()[0][0])


def _create_built(query: exp.Query) -> exp.Expression:
    temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(this=exp.to_table(BUILT), kind="TABLE", replace=True, properties=temporary, expression=query)


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
    _copy(connection, tiles, task.file)
    entities = (
        call("approx_count_distinct", *keys)
        if len(keys) == 1
        else call("approx_count_distinct", exp.Tuple(expressions=keys))
    )
    counts = [exp.Count(this=exp.Star()), entities, *(exp.Sum(this=column(item.name)) for item in read.measures)]
    measured = select(*counts).from_(BUILT, copy=False).where(*within, copy=False)
    rows, found, *totals = connection.execute(measured.sql(dialect="duckdb", copy=False)).fetchall()[0]
    named = {item.name: int(total or 0) for item, total in zip(read.measures, totals, strict=True)}
    return BuiltSegment(task, slots, int(rows), int(found), task.file.stat().st_size, named)
