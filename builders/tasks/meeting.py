"""How an entity dataframe and the sources meet, by samples of the sources' keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlglot import exp

from builders.plan import ReadSource
from builders.request import AskedSource, Meeting
from builders.sql.ast import alias, call, cast, column, null_of, number, select, text, union_all
from builders.sql.dialect import Dialect
from builders.sql.source_rows import SourceRows, over_rows, rows_between, with_dimensions
from builders.sql.words import floor_to_hop
from builders.tasks.database import Database
from builders.tasks.spine import one_value, role_keys
from builders.tile_table import TileTable
from definitions.columns import own_types
from definitions.types import BIGINT

SAMPLE: Final = 50_000
"""How many rows of a source are looked at; what it costs is nearly all reading the keys and the timestamps."""

_ASKING: Final = "asking"


def sample_meetings(database: Database, asked: Sequence[AskedSource]) -> list[Meeting]:
    """Join samples of the sources' rows with the keys that the bound entity dataframe asks for, counted.

    The sum over keys of both counts is the size of a join, whatever the skew; the product of averages is not. It is
    one statement, at whose parts an engine of many tasks works together.
    """
    looked = [_look_at(database.dialect, item).subquery("looked", copy=False) for item in asked]
    queries = [select(alias(number(place), "place"), "*").from_(look, copy=False) for place, look in enumerate(looked)]
    found: list[dict[str, tuple[Any, ...]]] = [{} for _ in asked]
    for place, *counts, part in database.rows(union_all(queries)):
        found[place][part] = tuple(counts)
    return [_meeting(parts) for parts in found]


def _look_at(dialect: Dialect, asked: AskedSource) -> exp.Select:
    """What is counted of one source, a row a part."""
    table = asked.table
    read = ReadSource("sampled", table, asked.files, *asked.within, ())
    bare = rows_between(dialect, table.source, asked.files, own_types(table.source), asked.within)
    counted = select(*map(column, table.keys), alias(exp.Count(this=exp.Star()), _ASKING))
    counted = counted.from_("asked_keys", copy=False)
    steps = {
        "asked_keys": role_keys(table.keys, table.key_types, asked.roles),
        "asked": counted.group_by(*(number(position) for position in range(1, len(table.keys) + 1)), copy=False),
        "sampled": _sampled_keys(dialect, read, bare),
    }
    parts = {
        "met": _count_met(table),
        "asked": select(exp.Count(this=exp.Star()), *[null_of(BIGINT)] * 3).from_("asked_keys", copy=False),
        "range": _measure_range(dialect, read, bare),
    }
    looked = union_all([part.select(alias(text(name), "part"), copy=False) for name, part in parts.items()])
    statement = select("*").from_(looked.subquery("parts", copy=False), copy=False)
    statement = with_dimensions(dialect, statement, read.dimensions)
    for name, step in steps.items():
        statement = statement.with_(name, as_=step, copy=False)
    return statement


def _meeting(found: Mapping[str, tuple[Any, ...]]) -> Meeting:
    sample, met, matches, _ = (int(value or 0) for value in found["met"])
    asked_rows = int(found["asked"][0])
    count, first, last, tiles = found["range"]
    count, span = int(count), 0 if first is None else int(last) - int(first)
    tiles = count if tiles is None else min(count, int(tiles))
    if not sample or not asked_rows:
        return Meeting(count, tiles, span, 0.0, 0.0)
    # Of entities too rare to be in the sample there is still about half a row.
    share = max(met, 0.5) / sample
    return Meeting(count, tiles, span, share, max(matches, 0.5) / sample * count / asked_rows)


def _count_met(table: TileTable) -> exp.Select:
    """Sampled rows, those of them whose key is asked for, and how often all of these are."""
    query = select(
        alias(exp.Count(this=exp.Star()), "first"),
        alias(exp.Count(this=column(_ASKING)), "second"),
        alias(cast(exp.Sum(this=column(_ASKING)), BIGINT), "third"),
        alias(null_of(BIGINT), "fourth"),
    ).from_("sampled", copy=False)
    using = [exp.to_identifier(key, quoted=True) for key in table.keys]
    query.append("joins", exp.Join(this=exp.to_table("asked"), side="LEFT", using=using))
    return query


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


def _measure_range(dialect: Dialect, read: ReadSource, rows: SourceRows) -> exp.Select:
    """How many rows there are, the first and the last instant among them, and about how many tiles they make; null
    where each is one, or where a dimension has the key: to know better, all would have to be joined. Without a
    timestamp it is what the files say."""
    table = read.table
    if table.source.timestamp is None:
        nothing = [null_of(BIGINT) for _ in ("first", "last", "tiles")]
        return select(alias(number(read.files.rows), "rows"), *map(alias, nothing, ("first", "last", "tiles")))
    tiles: exp.Expression = null_of(BIGINT)
    if table.hop is not None and not read.dimensions:
        tiles = call("approx_count_distinct", one_value(table.key_columns, floor_to_hop(rows.instant, table.hop)))
    counted = select(
        alias(exp.Count(this=rows.instant), "rows"),
        alias(exp.Min(this=rows.instant), "first"),
        alias(exp.Max(this=rows.instant), "last"),
        alias(tiles, "tiles"),
    )
    return over_rows(dialect, counted, rows, (), [])
