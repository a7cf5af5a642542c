"""SQL of the tile join: each pair with the tiles inside its longest reach, aggregated window by window."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from builders.forms import RowJoin, TileJoin
from builders.plan import TileSlot
from builders.sql.ast import alias, column, number
from builders.sql.dialect import Dialect
from builders.sql.joined import BAND, Joined, distinct_reaches, grouped, join_pairs
from builders.sql.merge import value_columns
from builders.sql.monoids import INSTANT, from_rows, from_tiles
from builders.sql.tiles import HOP_START, expression_columns

_MOST_WINDOWS_WITHOUT_BANDS = 2

Reduce = Callable[[TileSlot, exp.Expression | None], list[exp.Alias]]
"""A slot's tile columns from many tiles or rows, of those that a condition lets through."""


def render_tile_join(dialect: Dialect, node: TileJoin) -> list[tuple[str, exp.Query]]:
    """One row per pair that has a tile in reach; each slot window aggregates the tiles inside its own window."""
    tiles = join_pairs(dialect, node, node.tiles.name, HOP_START)
    return _aggregate(dialect, node, tiles, _combine(dialect, tiles))


def render_row_join(dialect: Dialect, node: RowJoin) -> list[tuple[str, exp.Query]]:
    """The same with the source's rows in place of tiles.

    Where the first or latest row is asked for, the rows that were joined become tiles of their instants before: among
    those no two share an instant, and picking one of them costs a third of comparing rows that may.
    """
    named = expression_columns(node.read.slots)
    tiebreak = node.read.table.source.tiebreak is not None
    of_one_instant = any(asked.slot.picks_row for asked in node.slot_windows)

    def reduce(held: TileSlot, inside: exp.Expression | None) -> list[exp.Alias]:
        return [
            alias(value, name)
            for name, value in from_rows(dialect, held, named, tiebreak, of_one_instant, inside).items()
        ]

    rows = join_pairs(dialect, node, node.read.name, INSTANT)
    if not of_one_instant:
        return _aggregate(dialect, node, rows, reduce)
    tiles = Joined(f"{node.name}_tiles", "tile", HOP_START)
    built = rows.select(
        *rows.pair_columns(node),
        alias(column(INSTANT, "tile"), HOP_START),
        *(item for held in _asked_slots(node) for item in reduce(held, None)),
    )
    return [
        (tiles.table, grouped(built, len(node.pairs.keys) + 2)),
        *_aggregate(dialect, node, tiles, _combine(dialect, tiles)),
    ]


def _combine(dialect: Dialect, tiles: Joined) -> Reduce:
    return lambda held, inside: from_tiles(dialect, held, tiles.newest_first, inside)


def _aggregate(
    dialect: Dialect, node: TileJoin | RowJoin, joined: Joined, reduce: Reduce
) -> list[tuple[str, exp.Query]]:
    """The slot windows of each pair.

    Windows of one pair are nested, so with many of them tiles are first aggregated in bands, by the smallest window
    that they lie in, and each window is then a few bands: a tile is added up once however many windows there are.
    """
    reaches = distinct_reaches(node.slot_windows)
    columns = len(node.pairs.keys) + 1
    if len(reaches) <= _MOST_WINDOWS_WITHOUT_BANDS:
        inside = {reach: joined.within(reach) for reach in reaches[:-1]}
        whole = joined.select(*joined.pair_columns(node), *_window_values(node, inside, reduce))
        return [(node.name, grouped(whole, columns))]
    cases = exp.Case(
        ifs=[exp.If(this=joined.within(reach), true=number(index)) for index, reach in enumerate(reaches[:-1])],
        default=number(len(reaches) - 1),
    )
    partials = [item for held in _asked_slots(node) for item in reduce(held, None)]
    bands = joined.select(*joined.pair_columns(node), alias(cases, BAND), *partials)
    banded = Joined(f"{node.name}_bands", "tile", BAND)
    inside = {
        reach: exp.LTE(this=column(BAND, "tile"), expression=number(index)) for index, reach in enumerate(reaches[:-1])
    }
    whole = banded.select(*banded.pair_columns(node), *_window_values(node, inside, _combine(dialect, banded)))
    return [(banded.table, grouped(bands, columns + 1)), (node.name, grouped(whole, columns))]


def _asked_slots(node: TileJoin | RowJoin) -> list[TileSlot]:
    asked = {window.slot for window in node.slot_windows}
    return [held for held in node.tiles.slots if held.slot in asked]


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
