"""SQL of the merge: what every probe picks up of the running values over an entity's tiles.

Of several tile tables, probes and tiles stand in one union: one sort, one running window, nothing else moves. Of one
table, the running window goes over its tiles alone and probes look their values up in an as-of join, which does not
sort probes among tiles: on DuckDB that is faster the more probes there are (docs/decisions/0003).
"""

from __future__ import annotations

from sqlglot import exp

from builders.forms import Merge, MergedWindows, Probes
from builders.plan import Tiles, TileSlot
from builders.slots import SlotWindow
from builders.sql.ast import (
    alias,
    all_of,
    case,
    cast,
    coalesce,
    column,
    minus,
    null_of,
    number,
    only_where,
    select,
    union_all,
)
from builders.sql.dialect import Dialect
from builders.sql.monoids import running
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START
from builders.sql.words import pack
from definitions.types import BIGINT, INT, array_of

GRID = "grid"
BACK = "back"


def value_columns(tiles: Tiles, held: TileSlot, asked: SlotWindow) -> dict[str, str]:
    """From the columns of a slot in its tiles to those of its window: what every form gives for a slot window.

    They carry the table's name: two tables of one entity may hold slots of the same content.
    """
    return {item.name: _qualified(tiles, item.name.replace(held.slot.name, asked.name, 1)) for item in held.columns}


def render_merge(node: Merge) -> list[tuple[str, exp.Query]]:
    """The running values that each probe picks up.

    A probe at an instant stands before the tile that starts there: it sees tiles that start earlier, which on a grid
    are those that end at or before it.
    """
    probes = f"{node.name}_probes"
    asked = (probes, union_all([_probes(index, probe, node.keys) for index, probe in enumerate(node.probes)]))
    if node.scope == "table":
        running_values = f"{node.name}_running"
        looked_up = _look_up(probes, running_values, node)
        return [asked, (running_values, _running_tiles(node)), (node.name, looked_up)]
    rows = f"{node.name}_rows"
    union = union_all([*(_tile_rows(tiles, node) for tiles in node.tiles), _probe_rows(probes, node)])
    return [asked, (rows, union), (node.name, _running(rows, node))]


def _running_tiles(node: Merge) -> exp.Select:
    """Each tile with the running values over its entity's tiles up to and including it."""
    (tiles,) = node.tiles
    own = dict(packed_columns(tiles))
    values = [
        alias(exp.Window(this=running(held, own[name]), alias=exp.to_identifier("before")), _qualified(tiles, name))
        for _, held in _slots(node)
        for name in _merged_names(held)
    ]
    query = select(*(column(key) for key in node.keys), column(HOP_START), *values).from_(tiles.name, copy=False)
    # Parts that hold different slots have a tile each for one hop: of both, either must have the values of both.
    order = exp.Order(expressions=[exp.Ordered(this=column(HOP_START))])
    query.set("windows", [_before(node, order, frame="RANGE")])
    return query


def _look_up(probes: str, running_values: str, node: Merge) -> exp.Select:
    """Each probe with the running values of the last tile before it, nulls where there is none."""
    names = [_qualified(tiles, name) for tiles, held in _slots(node) for name in _merged_names(held)]
    asked = [column(name, "probe") for name in (*node.keys, BOUNDARY, GRID, BACK)]
    instant = minus(column(BOUNDARY, "probe"), column(BACK, "probe"))
    matches = [exp.EQ(this=column(key, "probe"), expression=column(key, "tile")) for key in node.keys]
    query = select(*asked, *(column(name, "tile") for name in names)).from_(
        exp.to_table(probes).as_("probe", copy=False), copy=False
    )
    tile = exp.to_table(running_values).as_("tile", copy=False)
    before = exp.GT(this=instant, expression=column(HOP_START, "tile"))
    query.append("joins", exp.Join(this=tile, method="ASOF", side="LEFT", on=all_of([*matches, before])))
    return query


def _probes(index: int, probes: Probes, keys: tuple[str, ...]) -> exp.Select:
    """Each pair once per offset."""
    offsets = exp.Array(expressions=[number(offset) for offset in probes.offsets])
    unnested = exp.Unnest(expressions=[cast_array(offsets)])
    return select(
        *(column(key) for key in keys),
        column(BOUNDARY),
        alias(cast(number(index), INT), GRID),
        alias(unnested, BACK),
    ).from_(probes.pairs.name, copy=False)


def cast_array(array: exp.Expression) -> exp.Expression:
    return cast(array, array_of(BIGINT))


def packed_columns(tiles: Tiles) -> list[tuple[str, exp.Expression]]:
    """The columns of tiles as the running window takes them: the value of one row is packed with its instant."""
    columns: list[tuple[str, exp.Expression]] = []
    for held in tiles.slots:
        if held.slot.picks_row:
            at, value = held.columns
            columns.append((held.slot.name, pack(column(at.name), column(value.name))))
        else:
            columns.extend((item.name, column(item.name)) for item in held.columns)
    return columns


def _slots(node: Merge) -> list[tuple[Tiles, TileSlot]]:
    """The slots that some window of the merge asks for; the tiles may hold more, for tile joins."""
    asked = {(tiles.name, window.slot) for probes in node.probes for tiles, window in probes.windows}
    return [(tiles, held) for tiles in node.tiles for held in tiles.slots if (tiles.name, held.slot) in asked]


def _qualified(tiles: Tiles, name: str) -> str:
    """A slot column's name where tables come together."""
    return f"{tiles.name.removeprefix('tiles_')}__{name}"


def _tile_rows(tiles: Tiles, node: Merge) -> exp.Select:
    own = dict(packed_columns(tiles))
    values: list[exp.Expression] = []
    for other, held in _slots(node):
        for name in _merged_names(held):
            value = own[name] if other.name == tiles.name else exp.Null()
            values.append(alias(value, _qualified(other, name)))
    return select(
        *(column(key) for key in node.keys),
        alias(column(HOP_START), "instant"),
        alias(exp.true(), "is_tile"),
        alias(null_of(BIGINT), BOUNDARY),
        alias(null_of(INT), GRID),
        alias(null_of(BIGINT), BACK),
        *values,
    ).from_(tiles.name, copy=False)


def _merged_names(held: TileSlot) -> list[str]:
    return [held.slot.name] if held.slot.picks_row else [item.name for item in held.columns]


def _probe_rows(probes: str, node: Merge) -> exp.Select:
    values = [
        alias(exp.Null(), _qualified(tiles, name)) for tiles, held in _slots(node) for name in _merged_names(held)
    ]
    return select(
        *(column(key) for key in node.keys),
        alias(minus(column(BOUNDARY), column(BACK)), "instant"),
        alias(exp.false(), "is_tile"),
        column(BOUNDARY),
        column(GRID),
        column(BACK),
        *values,
    ).from_(probes, copy=False)


def _running(rows: str, node: Merge) -> exp.Select:
    """Per probe the running value of each slot column over the entity's tiles before it."""
    order = exp.Order(expressions=[exp.Ordered(this=column("instant")), exp.Ordered(this=column("is_tile"))])
    values = []
    for tiles, held in _slots(node):
        for name in _merged_names(held):
            taken = column(_qualified(tiles, name))
            values.append(alias(exp.Window(this=running(held, taken), alias=exp.to_identifier("before")), taken.name))
    inner = select(
        *(column(key) for key in node.keys), column("is_tile"), column(BOUNDARY), column(GRID), column(BACK), *values
    ).from_(rows, copy=False)
    inner.set("windows", [_before(node, order, frame="ROWS")])
    return (
        select("*")
        .from_(inner.subquery("running", copy=False), copy=False)
        .where(exp.Not(this=column("is_tile")), copy=False)
    )


def _before(node: Merge, order: exp.Order, frame: str) -> exp.Window:
    """The named window over an entity's rows up to the current one, with its peers if `frame` is RANGE."""
    return exp.Window(
        this=exp.to_identifier("before"),
        partition_by=[column(key) for key in node.keys],
        order=order,
        spec=exp.WindowSpec(kind=frame, start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
    )


def render_merged_windows(dialect: Dialect, node: MergedWindows) -> exp.Select:
    """Probes of one grid grouped back into their pairs; sums are the difference of two running sums.

    Without windows to subtract a pair has one probe, and nothing to group.
    """
    merge = node.merge
    index = merge.probes.index(node.probes)
    alone = len(node.probes.offsets) == 1
    values = [item for tiles, asked in node.windows for item in _window_value(dialect, tiles, asked, alone)]
    query = (
        select(*(column(key) for key in merge.keys), column(BOUNDARY), *values)
        .from_(merge.name, copy=False)
        .where(exp.EQ(this=column(GRID), expression=number(index)), copy=False)
    )
    positions = range(1, len(merge.keys) + 2)
    return query if alone else query.group_by(*(number(position) for position in positions), copy=False)


def _window_value(dialect: Dialect, tiles: Tiles, asked: SlotWindow, alone: bool) -> list[exp.Expression]:
    held = next(held for held in tiles.slots if held.slot == asked.slot)
    names = value_columns(tiles, held, asked)

    def at(name: str, back: int) -> exp.Expression:
        value = column(_qualified(tiles, name))
        if alone:
            return value
        return only_where(exp.AnyValue(this=value), exp.EQ(this=column(BACK), expression=number(back)))

    if asked.slot.picks_row:
        return _picked_value(dialect, at(asked.slot.name, 0), asked, list(names.values()))
    values = []
    for item in held.columns:
        value = at(item.name, 0)
        if asked.window is not None and asked.slot.is_invertible:
            zero = cast(number(0), item.type)
            earlier = coalesce(at(item.name, asked.window.microseconds), zero)
            value = minus(coalesce(value, zero.copy()), earlier)
        # A running sum is wider than what it adds up.
        values.append(alias(cast(value, item.type), names[item.name]))
    return values


def _picked_value(
    dialect: Dialect, picked: exp.Expression, asked: SlotWindow, names: list[str]
) -> list[exp.Expression]:
    """The latest row before the boundary is the latest of the window too, if it lies inside; `first` has no window."""
    unpacked = unpacked_value(dialect, picked, names)
    if asked.window is None:
        return unpacked
    first = minus(column(BOUNDARY), number(asked.window.microseconds))
    inside = exp.GTE(this=dialect.field(picked.copy(), "instant"), expression=first)
    return [alias(case(inside.copy(), value.this), value.alias) for value in unpacked]


def unpacked_value(dialect: Dialect, picked: exp.Expression, names: list[str]) -> list[exp.Expression]:
    """A packed row's instant and value under their names."""
    parts = zip(("instant", "value"), names, strict=True)
    return [alias(dialect.field(picked.copy(), part), name) for part, name in parts]
