"""SQL of the tile join: each pair with the tiles inside its longest reach, aggregated window by window."""

from __future__ import annotations

from sqlglot import exp

from builders.duckdb import dialect
from builders.plan import TileJoin
from builders.slots import SlotWindow
from builders.sql.ast import alias, all_of, cast, column, minus, not_null, number, only_where, select
from builders.sql.merge import value_columns
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START


def render_tile_join(node: TileJoin) -> exp.Select:
    """One row per pair that has a tile in reach; each slot window aggregates the tiles inside its own window."""
    keys = node.pairs.keys
    matches = [exp.EQ(this=column(key, "pair"), expression=column(key, "tile")) for key in keys]
    matches.append(exp.LT(this=column(HOP_START, "tile"), expression=column(BOUNDARY, "pair")))
    reaches = [window.reach for window in node.slot_windows]
    longest = None if None in reaches else max(reach for reach in reaches if reach is not None)
    if longest is not None:
        matches.append(_within(longest))
    values = [item for window in node.slot_windows for item in _window_value(node, window, longest)]
    return (
        select(*(column(key, "pair") for key in keys), column(BOUNDARY, "pair"), *values)
        .from_(exp.to_table(node.pairs.name).as_("pair", copy=False), copy=False)
        .join(exp.to_table(node.tiles.name).as_("tile", copy=False), on=all_of(matches), copy=False)
        .group_by(*(number(position) for position in range(1, len(keys) + 2)), copy=False)
    )


def _within(reach: int) -> exp.Expression:
    first = minus(column(BOUNDARY, "pair"), number(reach))
    return exp.GTE(this=column(HOP_START, "tile"), expression=first)


def _window_value(node: TileJoin, asked: SlotWindow, longest: int | None) -> list[exp.Expression]:
    held = next(held for held in node.tiles.slots if held.slot == asked.slot)
    names = value_columns(node.tiles, held, asked)
    inside = None if asked.reach == longest or asked.reach is None else _within(asked.reach)
    if asked.slot.monoid == "last":
        at, value = held.columns
        known = not_null(column(at.name, "tile"))
        packed = dialect.pack(column(at.name, "tile"), column(value.name, "tile"))
        latest = only_where(
            exp.ArgMax(this=packed, expression=column(at.name, "tile")), all_of([known, *([inside] if inside else [])])
        )
        return [
            alias(dialect.field(latest, "instant"), names[at.name]),
            alias(dialect.field(latest.copy(), "value"), names[value.name]),
        ]
    aggregate = {"count": exp.Sum, "sum": exp.Sum, "min": exp.Min, "max": exp.Max}[asked.slot.monoid]
    values = []
    for item in held.columns:
        value = only_where(aggregate(this=column(item.name, "tile")), inside.copy() if inside else None)
        values.append(alias(cast(value, item.type), names[item.name]))
    return values
