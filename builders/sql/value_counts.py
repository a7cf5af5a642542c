"""SQL of counts by value: what the tiles of a pair counted is spread out by value, added up and collected again."""

from __future__ import annotations

from sqlglot import exp

from builders.forms import ValueCounts
from builders.sql.ast import alias, all_of, cast, column, not_null, number, only_where, select
from builders.sql.dialect import Dialect
from builders.sql.joined import Joined, distinct_reaches, grouped, is_within, join_pairs
from builders.sql.merge import value_columns
from builders.sql.monoids import INSTANT
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START, expression_columns
from builders.sql.words import bucket
from definitions.types import BIGINT

VALUE = "value"
COUNTED = "counted"


def render_value_counts(dialect: Dialect, node: ValueCounts) -> list[tuple[str, exp.Query]]:
    """One row per pair with a map per window: of a histogram from values to counts, the most frequent first; of
    buckets from each bucket to how many values lie in it or below, the lowest first."""
    cumulative = node.slot.monoid == "buckets"
    spread, by_value, added_up = (f"{node.name}_{step}" for step in ("spread", "by_value", "added_up"))
    steps: list[tuple[str, exp.Query]] = [(spread, _spread(dialect, node)), (by_value, _add_up_by_value(node, spread))]
    if cumulative:
        steps.append((added_up, _add_up_to_value(node, by_value)))
    return [*steps, (node.name, _collect(dialect, node, added_up if cumulative else by_value, cumulative))]


def _count(index: int) -> str:
    """The column of the counts inside the window with this place among the distinct reaches."""
    return f"{COUNTED}_{index}"


def _spread(dialect: Dialect, node: ValueCounts) -> exp.Query:
    """A row per pair, time and value."""
    if node.read is not None:
        return _spread_rows(node, join_pairs(dialect, node, node.read.name, INSTANT))
    tiles = join_pairs(dialect, node, node.tiles.name, HOP_START)
    entries = dialect.entries(column(node.slot.name, "tile"))
    unnested = tiles.select(*tiles.pair_columns(node), column(HOP_START, "tile"), alias(entries, "entry"))
    parts = [alias(dialect.field(column("entry"), part), name) for part, name in (("key", VALUE), ("value", COUNTED))]
    return select(*_pair(node), column(HOP_START), *parts).from_(unnested.subquery("unnested", copy=False), copy=False)


def _spread_rows(node: ValueCounts, rows: Joined) -> exp.Query:
    assert node.read is not None
    named = expression_columns(node.read.slots)
    assert node.slot.of is not None
    held = column(named[node.slot.of], "tile")
    value = bucket(held) if node.slot.monoid == "buckets" else held
    query = rows.select(
        *rows.pair_columns(node),
        alias(column(INSTANT, "tile"), HOP_START),
        alias(value, VALUE),
        alias(cast(number(1), BIGINT), COUNTED),
    )
    conditions = [not_null(held.copy())]
    if node.slot.where is not None:
        conditions.append(column(named[node.slot.where], "tile"))
    return query.where(all_of(conditions), copy=False)


def _pair(node: ValueCounts) -> list[exp.Expression]:
    return [column(name) for name in (*node.pairs.keys, BOUNDARY)]


def _add_up_by_value(node: ValueCounts, spread: str) -> exp.Query:
    counts = []
    reaches = distinct_reaches(node.slot_windows)
    for index, reach in enumerate(reaches):
        total = exp.Sum(this=column(COUNTED))
        longest = index == len(reaches) - 1
        condition = None if longest else is_within(reach, column(HOP_START), column(BOUNDARY))
        counts.append(alias(cast(only_where(total, condition), BIGINT), _count(index)))
    query = select(*_pair(node), column(VALUE), *counts).from_(spread, copy=False)
    return grouped(query, len(node.pairs.keys) + 2)


def _add_up_to_value(node: ValueCounts, by_value: str) -> exp.Query:
    """Each count with those of all smaller values."""
    counts = []
    for index in range(len(distinct_reaches(node.slot_windows))):
        running = exp.Window(this=exp.Sum(this=column(_count(index))), alias=exp.to_identifier("up_to"))
        counts.append(alias(cast(running, BIGINT), _count(index)))
    query = select(*_pair(node), column(VALUE), *counts).from_(by_value, copy=False)
    window = exp.Window(
        this=exp.to_identifier("up_to"),
        partition_by=_pair(node),
        order=exp.Order(expressions=[exp.Ordered(this=column(VALUE))]),
        spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
    )
    query.set("windows", [window])
    return query


def _collect(dialect: Dialect, node: ValueCounts, counted: str, by_value: bool) -> exp.Query:
    held = next(held for held in node.tiles.slots if held.slot == node.slot)
    reaches = distinct_reaches(node.slot_windows)
    values = []
    for asked in node.slot_windows:
        (name,) = value_columns(node.tiles, held, asked).values()
        collected = dialect.counts_in_order(column(VALUE), column(_count(reaches.index(asked.reach))), by_value)
        values.append(alias(cast(collected, held.columns[0].type), name))
    return grouped(select(*_pair(node), *values).from_(counted, copy=False), len(node.pairs.keys) + 1)
