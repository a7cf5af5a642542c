"""SQL of the tile join: each pair with the tiles inside its longest reach, aggregated window by window."""

from __future__ import annotations

from sqlglot import exp

from builders.duckdb import dialect
from builders.plan import RowJoin, TileJoin, TileSlot
from builders.slots import SlotWindow
from builders.sql.ast import alias, all_of, cast, column, minus, not_null, number, only_where, select
from builders.sql.merge import value_columns
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START, INSTANT, aggregates, expression_columns

BAND = "band"
_MOST_WINDOWS_WITHOUT_BANDS = 2


def render_tile_join(node: TileJoin) -> list[tuple[str, exp.Query]]:
    """One row per pair that has a tile in reach; each slot window aggregates the tiles inside its own window.

    Windows of one pair are nested, so with many of them tiles are first aggregated in bands, by the smallest window
    that they lie in, and each window is then a few bands: a tile is added up once however many windows there are.
    """
    reaches = _reaches(node.slot_windows)
    keys = [column(key, "pair") for key in node.pairs.keys]
    joined = _join_pairs(node, HOP_START, node.tiles.name, reaches[-1])
    pairs = node.pairs.name
    if len(reaches) <= _MOST_WINDOWS_WITHOUT_BANDS:
        inside = {reach: _within(HOP_START, reach) for reach in reaches[:-1]}
        values = _window_values(node, inside)
        return [(node.name, _grouped(select(*keys, column(BOUNDARY, "pair"), *values), joined, pairs, len(keys) + 1))]
    cases = exp.Case(
        ifs=[exp.If(this=_within(HOP_START, reach), true=number(index)) for index, reach in enumerate(reaches[:-1])],
        default=number(len(reaches) - 1),
    )
    asked = {window.slot for window in node.slot_windows}
    partials = [item for held in node.tiles.slots if held.slot in asked for item in _combined(held, None)]
    bands = select(*keys, column(BOUNDARY, "pair"), alias(cases, BAND), *partials)
    inside = {
        reach: exp.LTE(this=column(BAND, "tile"), expression=number(index)) for index, reach in enumerate(reaches[:-1])
    }
    own = [column(key, "tile") for key in node.pairs.keys]
    banded = exp.to_table(f"{node.name}_bands").as_("tile", copy=False)
    whole = select(*own, column(BOUNDARY, "tile"), *_window_values(node, inside)).from_(banded, copy=False)
    return [
        (f"{node.name}_bands", _grouped(bands, joined, pairs, len(keys) + 2)),
        (node.name, whole.group_by(*map(number, range(1, len(own) + 2)), copy=False)),
    ]


def render_row_join(node: RowJoin) -> list[tuple[str, exp.Query]]:
    """The same with the source's rows in place of tiles, each slot aggregated from what it is made of."""
    reaches = _reaches(node.slot_windows)
    keys = [column(key, "pair") for key in node.pairs.keys]
    named = expression_columns(node.read.slots)
    values = []
    for asked in node.slot_windows:
        held = next(held for held in node.tiles.slots if held.slot == asked.slot)
        within = None if asked.reach == reaches[-1] else _within(INSTANT, asked.reach)
        names = value_columns(node.tiles, held, asked)
        found = aggregates(held, named, node.read.table.source.tiebreak is not None, within)
        values += [alias(value, names[name]) for name, value in found.items()]
    joined = _join_pairs(node, INSTANT, node.read.name, reaches[-1])
    query = select(*keys, column(BOUNDARY, "pair"), *values)
    return [(node.name, _grouped(query, joined, node.pairs.name, len(keys) + 1))]


def _reaches(windows: tuple[SlotWindow, ...]) -> list[int | None]:
    """The distinct reaches from the shortest to the longest; None, all history, is longer than any."""
    found = {window.reach for window in windows}
    bounded: list[int | None] = []
    bounded += sorted(reach for reach in found if reach is not None)
    return [*bounded, None] if None in found else bounded


def _join_pairs(node: TileJoin | RowJoin, time: str, right: str, longest: int | None) -> exp.Join:
    matches: list[exp.Expression] = [
        exp.EQ(this=column(key, "pair"), expression=column(key, "tile")) for key in node.pairs.keys
    ]
    matches.append(exp.LT(this=column(time, "tile"), expression=column(BOUNDARY, "pair")))
    if longest is not None:
        matches.append(_within(time, longest))
    return exp.Join(this=exp.to_table(right).as_("tile", copy=False), on=all_of(matches))


def _grouped(query: exp.Select, joined: exp.Join, pairs: str, columns: int) -> exp.Select:
    query = query.from_(exp.to_table(pairs).as_("pair", copy=False), copy=False)
    query.append("joins", joined)
    return query.group_by(*(number(position) for position in range(1, columns + 1)), copy=False)


def _within(time: str, reach: int | None) -> exp.Expression:
    assert reach is not None
    return exp.GTE(this=column(time, "tile"), expression=minus(column(BOUNDARY, "pair"), number(reach)))


def _window_values(node: TileJoin, inside: dict[int | None, exp.Expression]) -> list[exp.Expression]:
    """Each slot window over the tiles that `inside` says, by reach; the longest takes all."""
    values = []
    for asked in node.slot_windows:
        held = next(held for held in node.tiles.slots if held.slot == asked.slot)
        names = value_columns(node.tiles, held, asked)
        condition = inside.get(asked.reach)
        found = _combined(held, condition.copy() if condition is not None else None)
        values += [alias(value.this, names[value.alias]) for value in found]
    return values


def _combined(held: TileSlot, inside: exp.Expression | None) -> list[exp.Alias]:
    """Tiles of a slot aggregated into one more tile, under the tile's own column names."""
    if held.slot.monoid == "last":
        at, value = (column(item.name, "tile") for item in held.columns)
        known = [not_null(at.copy())] if inside is None else [not_null(at.copy()), inside]
        latest = only_where(exp.ArgMax(this=dialect.pack(at, value), expression=at.copy()), all_of(known))
        fields = [dialect.field(latest, INSTANT), dialect.field(latest.copy(), "value")]
        return [alias(value, item.name) for value, item in zip(fields, held.columns, strict=True)]
    aggregate = {"count": exp.Sum, "sum": exp.Sum, "min": exp.Min, "max": exp.Max}[held.slot.monoid]
    values = []
    for item in held.columns:
        condition = inside.copy() if inside is not None else None
        values.append(
            alias(cast(only_where(aggregate(this=column(item.name, "tile")), condition), item.type), item.name)
        )
    return values
