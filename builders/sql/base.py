"""SQL of a base: the tiles of an entity combined into one, whatever its slots hold."""

from __future__ import annotations

from sqlglot import exp

from builders.answers import BuildBase
from builders.plan import TileSlot
from builders.sql.ast import alias, cast, column, number, select
from builders.sql.dialect import Dialect
from builders.sql.joined import grouped
from builders.sql.monoids import from_tiles
from builders.sql.tiles import HOP_START
from definitions.types import BIGINT

VALUE = "value"
COUNTED = "counted"


def render_build_base(dialect: Dialect, node: BuildBase) -> list[tuple[str, exp.Query]]:
    """One row per entity that has a tile; slots that count by value are added up value by value, in steps of their own.

    Its tile starts one microsecond before the boundary: every window that ends at the boundary or later and is of all
    history sees it, and none that begins there or later does.
    """
    combined = f"{node.name}_combined"
    steps = [(combined, _combine(dialect, node))]
    counting = [held for held in node.tiles.slots if held.slot.counts_values]
    for held in counting:
        by_value = f"{held.slot.name}_by_value"
        steps += [
            (by_value, _add_up_by_value(dialect, node, held)),
            (f"{held.slot.name}_counts", _collect(dialect, node, held, by_value)),
        ]
    keys = list(node.tiles.table.keys)
    start = alias(cast(number(node.boundary - 1), BIGINT), HOP_START)
    values = [column(item.name) for held in node.tiles.slots for item in held.columns]
    query = select(*(column(key) for key in keys), start, *values).from_(combined, copy=False)
    for held in counting:
        using = [exp.to_identifier(key, quoted=True) for key in keys]
        query.append("joins", exp.Join(this=exp.to_table(f"{held.slot.name}_counts"), side="LEFT", using=using))
    return [*steps, (node.name, query)]


def _combine(dialect: Dialect, node: BuildBase) -> exp.Select:
    newest_first = exp.Ordered(this=column(HOP_START, "tile"), desc=True)
    keys = [column(key, "tile") for key in node.tiles.table.keys]
    values = [
        value
        for held in node.tiles.slots
        if not held.slot.counts_values
        for value in from_tiles(dialect, held, newest_first.copy(), None)
    ]
    tiles = exp.to_table(node.tiles.name).as_("tile", copy=False)
    return grouped(select(*keys, *values).from_(tiles, copy=False), len(keys))


def _add_up_by_value(dialect: Dialect, node: BuildBase, held: TileSlot) -> exp.Select:
    keys = [column(key) for key in node.tiles.table.keys]
    entries = dialect.entries(column(held.slot.name))
    spread = select(*keys, alias(entries, "entry")).from_(node.tiles.name, copy=False)
    value, counted = (dialect.field(column("entry"), part) for part in ("key", "value"))
    query = select(
        *(key.copy() for key in keys),
        alias(value, VALUE),
        alias(cast(exp.Sum(this=counted), BIGINT), COUNTED),
    ).from_(spread.subquery("spread", copy=False), copy=False)
    return grouped(query, len(keys) + 1)


def _collect(dialect: Dialect, node: BuildBase, held: TileSlot, by_value: str) -> exp.Select:
    (counts,) = held.columns
    keys = [column(key) for key in node.tiles.table.keys]
    collected = cast(dialect.counts_in_order(column(VALUE), column(COUNTED), by_value=True), counts.type)
    query = select(*keys, alias(collected, counts.name)).from_(by_value, copy=False)
    return grouped(query, len(keys))
