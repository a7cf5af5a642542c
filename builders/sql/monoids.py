"""What each monoid is in SQL: made of rows, combined from tiles, running over an entity's tiles."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from builders.plan import TileSlot, limb_column
from builders.sql.ast import alias, all_of, case, cast, column, not_null, only_where
from builders.sql.dialect import Dialect
from builders.sql.exact_sums import split_into_limbs, square, square_rest
from builders.sql.words import bucket, row_in_order
from definitions.types import BIGINT, DECIMAL_INTEGER

INSTANT = "instant"
TIEBREAK = "tiebreak"


def from_rows(
    dialect: Dialect,
    held: TileSlot,
    named: Mapping[str, str],
    tiebreak: bool,
    of_one_instant: bool,
    within: exp.Expression | None = None,
) -> dict[str, exp.Expression]:
    """A slot's tile columns from rows whose expressions are in the columns that `named` says, of the rows `within`."""
    slot = held.slot
    conditions = [column(named[slot.where])] if slot.where is not None else []
    conditions += [within.copy()] if within is not None else []
    where = all_of(conditions) if conditions else None
    if slot.of is None:
        return {slot.name: only_where(exp.Count(this=exp.Star()), where)}
    value = column(named[slot.of])
    if slot.is_in_limbs:
        # Rows that do not count must not be split either: they may need other limbs.
        return _sums_in_limbs(dialect, held, value if where is None else case(where, value))
    if slot.monoid in ("first", "last", "last_n", "distinct") and not slot.keeps_nulls:
        where = all_of([*conditions, not_null(value.copy())])
    match slot.monoid:
        case "first" | "last":
            return _picked_row(dialect, held, value, tiebreak, of_one_instant, where)
        case "last_n":
            row = _row(value, tiebreak, of_one_instant, slot.keeps_nulls)
            return {slot.name: dialect.greatest_values(row, slot.size or 1, where)}
        case "histogram":
            return {slot.name: dialect.histogram(value, held.columns[0].type, where)}
        case "buckets":
            return {slot.name: dialect.histogram(bucket(value), held.columns[0].type, where)}
        case "distinct":
            return {slot.name: dialect.sketch_distinct(value, slot.type, where)}
        case _:
            return {slot.name: only_where(_plain_aggregate(held, value), where)}


def _plain_aggregate(held: TileSlot, value: exp.Expression) -> exp.Expression:
    match held.slot.monoid:
        case "count":
            return exp.Count(this=value)
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case _:
            widened = cast(cast(value, BIGINT), DECIMAL_INTEGER) if held.slot.type.name == "boolean" else value
            return exp.Sum(this=cast(widened, held.columns[0].type))


def _sums_in_limbs(dialect: Dialect, held: TileSlot, value: exp.Expression) -> dict[str, exp.Expression]:
    """A square is split as the double nearest to it and the rest, which is one too."""
    slot = held.slot
    parts = [value] if slot.monoid == "sum" else [square(value), square_rest(value.copy())]
    shares = [split_into_limbs(part, held.limbs, slot.name) for part in parts]
    return {limb_column(slot, limb): dialect.sum_of_units([share[limb] for share in shares]) for limb in held.limbs}


def _picked_row(
    dialect: Dialect,
    held: TileSlot,
    value: exp.Expression,
    tiebreak: bool,
    of_one_instant: bool,
    where: exp.Expression | None,
) -> dict[str, exp.Expression]:
    """The first or latest row's instant and value. A comparison of structs costs three of instants: rows of one
    instant need none, unless they have a tiebreak."""
    at, held_value = held.columns
    extreme = exp.Min if held.slot.monoid == "first" else exp.Max
    # The greatest of values and nulls is a value; the smallest is a null, which Min would pass over.
    decided_by_value = of_one_instant and not tiebreak and held.slot.monoid == "last"
    row = _row(value, tiebreak, of_one_instant, held.slot.keeps_nulls and not decided_by_value)
    picked = only_where(extreme(this=row), where)
    if of_one_instant:
        instant = only_where(extreme(this=column(INSTANT)), where)
    else:
        instant = dialect.field(picked.copy(), INSTANT)
    return {
        at.name: instant,
        held_value.name: dialect.field(picked, "value") if isinstance(row, exp.Struct) else picked,
    }


def _row(value: exp.Expression, tiebreak: bool, of_one_instant: bool, may_be_null: bool) -> exp.Expression:
    """What rows are ordered by."""
    instant = None if of_one_instant else column(INSTANT)
    return row_in_order(value, instant, column(TIEBREAK) if tiebreak else None, may_be_null)


def from_tiles(
    dialect: Dialect, held: TileSlot, newest_first: exp.Ordered, inside: exp.Expression | None
) -> list[exp.Alias]:
    """Tiles of a slot aggregated into one more tile, under the tile's own column names.

    `newest_first` orders the tiles by time, `inside` says which of them count.
    """
    slot, names = held.slot, [item.name for item in held.columns]
    first, *_ = values = [column(name, "tile") for name in names]

    def only(aggregate: exp.Expression, *conditions: exp.Expression) -> exp.Expression:
        held_to = [*conditions, *([inside.copy()] if inside is not None else [])]
        return only_where(aggregate, all_of(held_to) if held_to else None)

    combined: list[exp.Expression]
    match slot.monoid:
        case "first" | "last":
            at, value = values
            earliest = slot.monoid == "first"
            picked = dialect.value_at(value, at, earliest, slot.keeps_nulls)
            combined = [only((exp.Min if earliest else exp.Max)(this=at.copy())), only(picked)]
        case "last_n":
            counting = all_of([not_null(first.copy()), *([inside.copy()] if inside is not None else [])])
            combined = [dialect.first_items(first, newest_first.copy(), counting, slot.size or 1)]
        case "distinct":
            counting = all_of([not_null(first.copy()), *([inside.copy()] if inside is not None else [])])
            combined = [dialect.merge_sketches(first, counting)]
        case "min" | "max":
            combined = [only((exp.Min if slot.monoid == "min" else exp.Max)(this=first))]
        case "count" | "sum" | "squares":
            combined = [only(exp.Sum(this=value)) for value in values]
        case "histogram" | "buckets":
            raise TypeError(f"counts of {slot.name} are added up value by value, in a step of their own")
    return [alias(cast(value, item.type), item.name) for value, item in zip(combined, held.columns, strict=True)]


def running(held: TileSlot, value: exp.Expression) -> exp.Expression:
    """The aggregate of a column over the tiles so far; a picked row's is of rows packed with their instants."""
    match held.slot.monoid:
        case "count" | "sum" | "squares":
            return exp.Sum(this=value)
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case "first":
            return exp.IgnoreNulls(this=exp.FirstValue(this=value))
        case "last":
            return exp.IgnoreNulls(this=exp.LastValue(this=value))
        case _:
            raise TypeError(f"{held.slot.name} has no running value")
