"""How an entity dataframe and a source meet, by a sample of the source's keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import duckdb
from sqlglot import exp

from builders.duckdb import dialect
from builders.duckdb.spine import bind_spine, role_keys
from builders.engine import Spine
from builders.plan import ReadSource
from builders.request import Meeting, RelationFiles, Roles
from builders.sql.ast import alias, coalesce, column, number, select
from builders.sql.source_rows import over_rows, rows_between, with_dimensions
from builders.tile_table import TileTable
from definitions.columns import own_types
from definitions.durations import BEGINNING

SAMPLE: Final = 50_000
"""How many rows of a source are looked at: a tenth of a CPU second over 10M rows, nearly all of it reading the keys."""

END: Final = 2**62
"""Beyond every instant (microseconds)."""

_ASKING: Final = "asking"


def sample_meeting(
    connection: duckdb.DuckDBPyConnection, table: TileTable, source: RelationFiles, spine: Spine, roles: Roles
) -> Meeting:
    """Join a sample of the source's rows with the keys that the entity dataframe asks for, counted.

    The sum over keys of both counts is the size of the join, whatever the skew; the product of averages is not.
    """
    bind_spine(connection, spine)
    keyed = ReadSource("sampled", table, source, BEGINNING, END, ())
    sampled = _sampled_keys(keyed)
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
    statement = with_dimensions(query, keyed.dimensions)
    statement = statement.with_("sampled", as_=sampled, copy=False).with_("asked", as_=asked, copy=False)
    rows, found, matches, asking = connection.execute(statement.sql(dialect="duckdb", copy=False)).fetchall()[0]
    if not rows or not asking:
        return Meeting(0.0, 0.0)
    # Of entities too rare to be in the sample there is still about half a row.
    share = max(found, 0.5) / rows
    return Meeting(share, max(int(matches), 0.5) / rows * source.rows / int(asking))


def _sampled_keys(read: ReadSource) -> exp.Select:
    """The keys of a sample of the source's rows; what is joined is joined to the sample alone."""
    table, source = read.table, read.table.source
    rows = rows_between(source, read.files, own_types(source), None)
    needed = {name for item in read.dimensions for name in (*item.join.on, source.timestamp) if name is not None}
    needed |= own_types(source).keys() & set(table.key_columns)
    bare = select(*map(column, sorted(needed))).from_(rows.relation, copy=False)
    sample = select("*").from_(bare.subquery("bare", copy=False), copy=False)
    sample.set("sample", exp.TableSample(method=exp.to_identifier("reservoir"), size=number(SAMPLE), seed=number(1)))
    keys = [alias(dialect.typed(held, source), key) for key, held in zip(table.keys, table.key_columns, strict=True)]
    sampled = replace(rows, relation=sample.subquery("sample", copy=False))
    return over_rows(select(*keys), sampled, read.dimensions, [])
