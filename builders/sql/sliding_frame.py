"""SQL of the sliding frame: pairs among their entity's tiles, each window a frame that ends before the pair."""

from __future__ import annotations

from sqlglot import exp

from builders.forms import SlidingFrame
from builders.plan import TileSlot
from builders.sql.ast import alias, cast, column, select, union_all
from builders.sql.dialect import Dialect
from builders.sql.joined import distinct_reaches
from builders.sql.merge import packed_columns, unpacked_value, value_columns
from builders.sql.monoids import running
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START

IS_TILE = "is_tile"


def render_sliding_frame(dialect: Dialect, node: SlidingFrame) -> list[tuple[str, exp.Query]]:
    """One row per pair: tiles and pairs in one union, one sort, and a frame per window over the tiles before."""
    rows = f"{node.name}_rows"
    held = {name: value for name, value in packed_columns(node.tiles) if name in _asked_columns(node)}
    keys = [column(key) for key in node.pairs.keys]
    tiles = select(
        *keys,
        column(HOP_START),
        alias(exp.true(), IS_TILE),
        *(alias(value, name) for name, value in held.items()),
    ).from_(node.tiles.name, copy=False)
    pairs = select(
        *(key.copy() for key in keys),
        alias(column(BOUNDARY), HOP_START),
        alias(exp.false(), IS_TILE),
        *(alias(exp.Null(), name) for name in held),
    ).from_(node.pairs.name, copy=False)
    return [(rows, union_all([tiles, pairs])), (node.name, _frames(dialect, node, rows))]


def _asked_columns(node: SlidingFrame) -> set[str]:
    return {
        name
        for held in node.tiles.slots
        if any(asked.slot == held.slot for asked in node.slot_windows)
        for name in ([held.slot.name] if held.slot.picks_row else [item.name for item in held.columns])
    }


def _frames(dialect: Dialect, node: SlidingFrame, rows: str) -> exp.Query:
    reaches = distinct_reaches(node.slot_windows)
    framed: list[exp.Expression] = []
    values: list[exp.Expression] = []
    for asked in node.slot_windows:
        held = next(held for held in node.tiles.slots if held.slot == asked.slot)
        names = value_columns(node.tiles, held, asked)
        frame = _frame_name(reaches.index(asked.reach))
        if asked.slot.picks_row:
            framed.append(alias(_over(held, asked.slot.name, frame), asked.name))
            values += unpacked_value(dialect, column(asked.name), list(names.values()))
            continue
        for item in held.columns:
            framed.append(alias(cast(_over(held, item.name, frame), item.type), names[item.name]))
            values.append(column(names[item.name]))
    inner = select(
        *(column(key) for key in node.pairs.keys), alias(column(HOP_START), BOUNDARY), column(IS_TILE), *framed
    ).from_(rows, copy=False)
    inner.set("windows", [_frame(node, index, reach) for index, reach in enumerate(reaches)])
    return (
        select(*(column(key) for key in node.pairs.keys), column(BOUNDARY), *values)
        .from_(inner.subquery("framed", copy=False), copy=False)
        .where(exp.Not(this=column(IS_TILE)), copy=False)
    )


def _over(held: TileSlot, name: str, frame: str) -> exp.Expression:
    return exp.Window(this=running(held, column(name)), alias=exp.to_identifier(frame))


def _frame_name(index: int) -> str:
    return f"reach_{index}"


def _frame(node: SlidingFrame, index: int, reach: int | None) -> exp.Window:
    """The tiles of an entity that start at most `reach` before a pair's boundary, and before it."""
    return exp.Window(
        this=exp.to_identifier(_frame_name(index)),
        partition_by=[column(key) for key in node.pairs.keys],
        order=exp.Order(expressions=[exp.Ordered(this=column(HOP_START))]),
        spec=exp.WindowSpec(
            kind="RANGE",
            start="UNBOUNDED" if reach is None else exp.Literal.number(reach),
            start_side="PRECEDING",
            end=exp.Literal.number(1),
            end_side="PRECEDING",
        ),
    )
