"""How an entity dataframe and a source meet, by a sample of the source's keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlglot import exp

from builders.coverage import Range
from builders.plan import ReadSource
from builders.request import Meeting, RelationFiles, Roles
from builders.sql.ast import alias, call, coalesce, column, number, select
from builders.sql.dialect import Dialect
from builders.sql.source_rows import SourceRows, over_rows, rows_between, with_dimensions
from builders.sql.words import floor_to_hop
from builders.tasks.database import Database, single_row
from builders.tasks.spine import one_value, role_keys
from builders.tile_table import TileTable
from definitions.columns import own_types

SAMPLE: Final = 50_000
"""How many rows of a source are looked at; what it costs is nearly all reading the keys and the timestamps."""

_ASKING: Final = "asking"


def sample_meeting(
    database: Database,
    table: TileTable,
    source: RelationFiles,
    roles: Roles,
    within: Range,
) -> Meeting:
    """Join a sample of the source's rows of a range with the keys that the bound entity dataframe asks for, counted.

    The sum over keys of both counts is the size of the join, whatever the skew; the product of averages is not.
    """
    dialect = database.dialect
    read = ReadSource("sampled", table, source, *within, ())
    rows = rows_between(dialect, table.source, source, own_types(table.source), within)
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
    statement = with_dimensions(dialect, query, read.dimensions)
    statement = statement.with_("sampled", as_=_sampled_keys(dialect, read, rows), copy=False)
    statement = statement.with_("asked", as_=asked, copy=False)
    sample, found, matches, asking = single_row(database, statement)
    count, tiles, span = _measure_range(database, read, rows)
    if not sample or not asking:
        return Meeting(count, tiles, span, 0.0, 0.0)
    # Of entities too rare to be in the sample there is still about half a row.
    share = max(found, 0.5) / sample
    return Meeting(count, tiles, span, share, max(int(matches), 0.5) / sample * count / int(asking))


def _sampled_keys(dialect: Dialect, read: ReadSource, rows: SourceRows) -> exp.Select:
    """The keys of a sample of the rows; what is joined is joined to the sample alone."""
    table, source = read.table, read.table.source
    needed = {name for item in read.dimensions for name in (*item.join.on, source.timestamp) if name is not None}
    needed |= own_types(source).keys() & set(table.key_columns)
    bare = over_rows(dialect, select(*map(column, sorted(needed))), rows, (), [])
    sample = dialect.sample(bare, SAMPLE, read.files.rows)
    keys = [alias(dialect.typed(held, source), key) for key, held in zip(table.keys, table.key_columns, strict=True)]
    sampled = replace(rows, relation=sample.subquery("sample", copy=False), conditions=[])
    return over_rows(dialect, select(*keys), sampled, read.dimensions, [])


def _measure_range(database: Database, read: ReadSource, rows: SourceRows) -> tuple[int, int, int]:
    """How many rows there are, about how many tiles they make, and how many microseconds lie between the first and the
    last of them. Where a dimension has the key, every row counts as a tile: to know better, all would have to be
    joined."""
    table = read.table
    if table.source.timestamp is None:
        return read.files.rows, read.files.rows, 0
    counted = select(exp.Count(this=rows.instant), exp.Min(this=rows.instant), exp.Max(this=rows.instant))
    if table.hop is not None and not read.dimensions:
        tile = one_value(table.key_columns, floor_to_hop(rows.instant, table.hop))
        counted = counted.select(call("approx_count_distinct", tile), copy=False)
    count, first, last, *tiles = single_row(database, over_rows(database.dialect, counted, rows, (), []))
    span = 0 if first is None else int(last) - int(first)
    return int(count), min(int(count), *map(int, tiles)) if tiles else int(count), span
