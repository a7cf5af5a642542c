"""How an entity dataframe and a source meet, by a sample of the source's keys."""

from __future__ import annotations

from typing import Final

import duckdb
from sqlglot import exp

from builders.coverage import Range
from builders.duckdb import dialect
from builders.duckdb.spine import bind_spine, role_keys
from builders.engine import Spine
from builders.request import Meeting, Roles, SourceFiles
from builders.sql.ast import alias, call, coalesce, column, number, select
from builders.tile_table import TileTable
from definitions.model import Source

SAMPLE: Final = 50_000
"""How many rows of a source are looked at; what it costs is nearly all reading the keys and the timestamps."""

_ASKING: Final = "asking"


def sample_meeting(
    connection: duckdb.DuckDBPyConnection,
    table: TileTable,
    source: SourceFiles,
    spine: Spine,
    roles: Roles,
    within: Range,
) -> Meeting:
    """Join a sample of the source's rows of a range with the keys that the entity dataframe asks for, counted.

    The sum over keys of both counts is the size of the join, whatever the skew; the product of averages is not.
    """
    bind_spine(connection, spine)
    keys = [
        alias(dialect.typed(held, table.source), key) for key, held in zip(table.keys, table.key_columns, strict=True)
    ]
    read = _in_range(select(*keys), table.source, source, within)
    sampled = select("*").from_(read.subquery("read", copy=False), copy=False)
    sampled.set("sample", exp.TableSample(method=exp.to_identifier("reservoir"), size=number(SAMPLE), seed=number(1)))
    asked = select(*map(column, table.keys), alias(exp.Count(this=exp.Star()), _ASKING)).from_(
        role_keys(table.keys, table.key_types, roles).subquery("asked_keys", copy=False), copy=False
    )
    asked = asked.group_by(*(number(position) for position in range(1, len(table.keys) + 1)), copy=False)
    query = select(
        exp.Count(this=exp.Star()),
        exp.Count(this=column(_ASKING)),
        coalesce(exp.Sum(this=column(_ASKING)), number(0)),
        select(coalesce(exp.Sum(this=column(_ASKING)), number(0))).from_("asked", copy=False).subquery(copy=False),
    ).from_("sampled", copy=False)
    query.append(
        "joins",
        exp.Join(
            this=exp.to_table("asked"),
            side="LEFT",
            using=[exp.to_identifier(key, quoted=True) for key in table.keys],
        ),
    )
    statement = query.with_("sampled", as_=sampled, copy=False).with_("asked", as_=asked, copy=False)
    sample, found, matches, asking = connection.execute(statement.sql(dialect="duckdb", copy=False)).fetchall()[0]
    rows, tiles, span = _measure_range(connection, table, source, within)
    if not sample or not asking:
        return Meeting(rows, tiles, span, 0.0, 0.0)
    # Of entities too rare to be in the sample there is still about half a row.
    share = max(found, 0.5) / sample
    return Meeting(rows, tiles, span, share, max(int(matches), 0.5) / sample * rows / int(asking))


def _measure_range(
    connection: duckdb.DuckDBPyConnection, table: TileTable, files: SourceFiles, within: Range
) -> tuple[int, int, int]:
    """How many rows there are, about how many tiles they make, and how many microseconds lie between the first and the
    last of them."""
    source = table.source
    if source.timestamp is None:
        return files.rows, files.rows, 0
    instant = dialect.instant(source.timestamp, files.timestamp_type)
    counted = select(exp.Count(this=instant), exp.Min(this=instant.copy()), exp.Max(this=instant.copy()))
    if table.hop is not None:
        tile = [*map(column, table.key_columns), dialect.floor_to_hop(instant.copy(), table.hop)]
        counted = counted.select(call("approx_count_distinct", exp.Tuple(expressions=tile)), copy=False)
    query = _in_range(counted, source, files, within)
    rows, first, last, *tiles = connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()[0]
    span = 0 if first is None else int(last) - int(first)
    return int(rows), min(int(rows), *map(int, tiles)) if tiles else int(rows), span


def _in_range(query: exp.Select, source: Source, files: SourceFiles, within: Range) -> exp.Select:
    query = query.from_(dialect.read_files(source, files.files), copy=False)
    if source.timestamp is None:
        return query
    return query.where(*dialect.instant_between(source.timestamp, files.timestamp_type, *within), copy=False)
