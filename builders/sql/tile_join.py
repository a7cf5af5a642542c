"""SQL of the tile join: each pair with the tiles inside its longest reach, aggregated window by window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from builders.duckdb import dialect
from builders.plan import RowJoin, TileJoin, TileSlot
from builders.slots import SlotWindow
from builders.sql.ast import alias, all_of, cast, column, minus, number, only_where, select
from builders.sql.merge import value_columns
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START, INSTANT, aggregates, expression_columns

BAND = "band"
_MOST_WINDOWS_WITHOUT_BANDS = 2

Reduce = Callable[[TileSlot, exp.Expression | None], list[exp.Alias]]
"""A slot's tile columns from many tiles or rows, of those that a condition lets through."""


@dataclass(frozen=True)
class _Joined:
    """Pairs beside what they are joined with, `tile`: `pair` is the alias that holds the pairs' own columns, `time`
    the column of the tiles' or rows' time."""

    table: str
    pair: str
    time: str
    join: exp.Join | None = None

    def select(self, *columns: exp.Expression) -> exp.Select:
        query = select(*columns).from_(exp.to_table(self.table).as_(self.pair, copy=False), copy=False)
        if self.join is not None:
            query.append("joins", self.join)
        return query

    def pair_columns(self, node: TileJoin | RowJoin) -> list[exp.Expression]:
        return [column(name, self.pair) for name in (*node.pairs.keys, BOUNDARY)]

    def within(self, reach: int | None) -> exp.Expression:
        assert reach is not None
        first = minus(column(BOUNDARY, self.pair), number(reach))
        return exp.GTE(this=column(self.time, "tile"), expression=first)


def render_tile_join(node: TileJoin) -> list[tuple[str, exp.Query]]:
    """One row per pair that has a tile in reach; each slot window aggregates the tiles inside its own window."""
    return _aggregate(node, _join_pairs(node, node.tiles.name, HOP_START), _combine)


def render_row_join(node: RowJoin) -> list[tuple[str, exp.Query]]:
    """The same with the source's rows in place of tiles.

    Where the first or latest row is asked for, the rows that were joined become tiles of their instants before: among
    those no two share an instant, and picking one of them costs a third of comparing rows that may.
    """
    named = expression_columns(node.read.slots)
    tiebreak = node.read.table.source.tiebreak is not None
    of_one_instant = any(asked.slot.picks_row for asked in node.slot_windows)

    def reduce(held: TileSlot, inside: exp.Expression | None) -> list[exp.Alias]:
        return [alias(value, name) for name, value in aggregates(held, named, tiebreak, of_one_instant, inside).items()]

    rows = _join_pairs(node, node.read.name, INSTANT)
    if not of_one_instant:
        return _aggregate(node, rows, reduce)
    name = f"{node.name}_tiles"
    tiles = rows.select(
        *rows.pair_columns(node),
        alias(column(INSTANT, "tile"), HOP_START),
        *(item for held in _asked_slots(node) for item in reduce(held, None)),
    )
    return [
        (name, _grouped(tiles, len(node.pairs.keys) + 2)),
        *_aggregate(node, _Joined(name, "tile", HOP_START), _combine),
    ]


def _join_pairs(node: TileJoin | RowJoin, right: str, time: str) -> _Joined:
    matches: list[exp.Expression] = [
        exp.EQ(this=column(key, "pair"), expression=column(key, "tile")) for key in node.pairs.keys
    ]
    matches.append(exp.LT(this=column(time, "tile"), expression=column(BOUNDARY, "pair")))
    bare = _Joined(node.pairs.name, "pair", time)
    longest = _reaches(node.slot_windows)[-1]
    if longest is not None:
        matches.append(bare.within(longest))
    join = exp.Join(this=exp.to_table(right).as_("tile", copy=False), on=all_of(matches))
    return _Joined(node.pairs.name, "pair", time, join)


def _aggregate(node: TileJoin | RowJoin, joined: _Joined, reduce: Reduce) -> list[tuple[str, exp.Query]]:
    """The slot windows of each pair.

    Windows of one pair are nested, so with many of them tiles are first aggregated in bands, by the smallest window
    that they lie in, and each window is then a few bands: a tile is added up once however many windows there are.
    """
    reaches = _reaches(node.slot_windows)
    columns = len(node.pairs.keys) + 1
    if len(reaches) <= _MOST_WINDOWS_WITHOUT_BANDS:
        inside = {reach: joined.within(reach) for reach in reaches[:-1]}
        whole = joined.select(*joined.pair_columns(node), *_window_values(node, inside, reduce))
        return [(node.name, _grouped(whole, columns))]
    cases = exp.Case(
        ifs=[exp.If(this=joined.within(reach), true=number(index)) for index, reach in enumerate(reaches[:-1])],
        default=number(len(reaches) - 1),
    )
    partials = [item for held in _asked_slots(node) for item in reduce(held, None)]
    bands = joined.select(*joined.pair_columns(node), alias(cases, BAND), *partials)
    banded = _Joined(f"{node.name}_bands", "tile", BAND)
    inside = {
        reach: exp.LTE(this=column(BAND, "tile"), expression=number(index)) for index, reach in enumerate(reaches[:-1])
    }
    whole = banded.select(*banded.pair_columns(node), *_window_values(node, inside, _combine))
    return [(banded.table, _grouped(bands, columns + 1)), (node.name, _grouped(whole, columns))]


def _reaches(windows: tuple[SlotWindow, ...]) -> list[int | None]:
    """The distinct reaches from the shortest to the longest; None, all history, is longer than any."""
    found = {window.reach for window in windows}
    bounded: list[int | None] = []
    bounded += sorted(reach for reach in found if reach is not None)
    return [*bounded, None] if None in found else bounded


def _asked_slots(node: TileJoin | RowJoin) -> list[TileSlot]:
    asked = {window.slot for window in node.slot_windows}
    return [held for held in node.tiles.slots if held.slot in asked]


def _grouped(query: exp.Select, columns: int) -> exp.Select:
    return query.group_by(*(number(position) for position in range(1, columns + 1)), copy=False)


def _window_values(
    node: TileJoin | RowJoin, inside: dict[int | None, exp.Expression], reduce: Reduce
) -> list[exp.Expression]:
    """Each slot window over what `inside` lets through, by reach; the longest takes all."""
    values: list[exp.Expression] = []
    for asked in node.slot_windows:
        held = next(held for held in node.tiles.slots if held.slot == asked.slot)
        names = value_columns(node.tiles, held, asked)
        condition = inside.get(asked.reach)
        found = reduce(held, condition.copy() if condition is not None else None)
        values += [alias(value.this, names[value.alias]) for value in found]
    return values


def _combine(held: TileSlot, inside: exp.Expression | None) -> list[exp.Alias]:
    """Tiles of a slot aggregated into one more tile, under the tile's own column names."""
    if held.slot.picks_row:
        at, value = (column(item.name, "tile") for item in held.columns)
        first = held.slot.monoid == "first"
        picked = dialect.value_at(value, at, first, held.slot.keeps_nulls)
        aggregated = [(exp.Min if first else exp.Max)(this=at.copy()), picked]
    else:
        aggregate = {"count": exp.Sum, "sum": exp.Sum, "min": exp.Min, "max": exp.Max}[held.slot.monoid]
        aggregated = [aggregate(this=column(item.name, "tile")) for item in held.columns]
    values = (only_where(value, inside.copy() if inside is not None else None) for value in aggregated)
    return [alias(cast(value, item.type), item.name) for value, item in zip(values, held.columns, strict=True)]
