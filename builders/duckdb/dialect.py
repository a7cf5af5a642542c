"""What DuckDB says in its own words: reading files, instants, exact sums, the latest row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlglot import exp

from builders.duckdb.expressions import compile_expression
from builders.limbs import DEFAULT_LIMBS, unit
from builders.sql.ast import (
    alias,
    all_of,
    between,
    call,
    case,
    cast,
    column,
    not_null,
    null_of,
    number,
    only_where,
    plus,
    select,
    sql_type,
    text,
    times,
)
from definitions.columns import column_types
from definitions.durations import BEGINNING
from definitions.formats import source_format
from definitions.model import Source
from definitions.types import BIGINT, DECIMAL_INTEGER, TIMESTAMP, DataType

name: Final = "duckdb"
"""What sqlglot calls the syntax."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OF_NANOSECONDS: Final = ("TIMESTAMP_NS", "TIMESTAMPTZ_NS")


def read_files(source: Source, files: tuple[str, ...], types: Mapping[str, DataType] | None = None) -> exp.Expression:
    """`read_parquet([...])` or `read_csv([...])` with the declared types, and those of further columns in `types`.

    Of no files: no rows of the same columns, as the readers refuse an empty list.
    """
    if not files:
        return _no_rows({**column_types(source), **(types or {})})
    listed = exp.Array(expressions=[text(file) for file in files])
    options: list[exp.Expression] = []
    if source_format(source) == "csv":
        options.append(_option("header", exp.true()))
        declared = {name: held.type for name, held in source.columns.items()}
        declared |= {name: kind for name, kind in (types or {}).items() if name not in source.partitions}
        options.append(_option("types", _struct(declared)))
    options.append(_option("hive_partitioning", exp.true() if source.partitions else exp.false()))
    if source.partitions:
        options.append(_option("hive_types", _struct({name: held.type for name, held in source.partitions.items()})))
    return call("read_csv" if source_format(source) == "csv" else "read_parquet", listed, *options)


def _no_rows(types: Mapping[str, DataType]) -> exp.Expression:
    columns = [alias(null_of(kind), name) for name, kind in types.items()]
    return select(*columns).where(exp.false(), copy=False).subquery("no_rows", copy=False)


def _option(name: str, value: exp.Expression) -> exp.Expression:
    return exp.EQ(this=exp.to_identifier(name), expression=value)


def _struct(types: Mapping[str, DataType]) -> exp.Expression:
    """Column names with their types as DuckDB's readers take them."""
    pairs = [
        exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=text(sql_type(kind).sql("duckdb")))
        for name, kind in types.items()
    ]
    return exp.Struct(expressions=pairs)


def read_segments(files: tuple[str, ...]) -> exp.Expression:
    """Stored tiles; segments of one table may hold different slots, so columns go by name."""
    listed = exp.Array(expressions=[text(file) for file in files])
    return call("read_parquet", listed, _option("union_by_name", exp.true()), _option("hive_partitioning", exp.false()))


def typed(name: str, source: Source) -> exp.Expression:
    """A source's column in its declared type."""
    return cast(column(name), column_types(source)[name])


def typed_timestamp(name: str, kind: DataType, physical: str) -> exp.Expression:
    """A column in its declared type; one of nanoseconds at the microsecond at or before them."""
    held = call("make_timestamp", instant(name, physical)) if physical in _OF_NANOSECONDS else column(name)
    return cast(held, kind)


def expression(canonical: str, types: Mapping[str, DataType]) -> exp.Expression:
    """A canonical expression over columns of these types; a double that is not finite is null."""
    return compile_expression(canonical, types)


def instant(name: str, physical: str) -> exp.Expression:
    """Microseconds since 1970 UTC of a timestamp column; nanoseconds are floored, infinities are null."""
    if physical in _OF_NANOSECONDS:
        nanoseconds = call("epoch_ns", column(name))
        return exp.IntDiv(this=exp.Paren(this=floor_to_hop(nanoseconds, 1000)), expression=number(1000))
    if physical == "VARCHAR":
        return call("epoch_us", cast(column(name), TIMESTAMP))
    return call("epoch_us", column(name))


def instant_between(name: str, physical: str, start: int, end: int) -> list[exp.Expression]:
    """The range `[start, end)` on a timestamp column, on the column itself where files have statistics of it."""
    first = None if start <= BEGINNING else start
    if physical not in ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"):
        return between(instant(name, physical), first, end)
    zone = physical == "TIMESTAMP WITH TIME ZONE"
    conditions: list[exp.Expression] = []
    for bound, comparison in ((first, exp.GTE), (end, exp.LT)):
        literal = None if bound is None else _timestamp_literal(bound, zone)
        if literal is not None:
            conditions.append(comparison(this=column(name), expression=literal))
        elif bound is not None:
            conditions.extend(
                between(instant(name, physical), *((bound, None) if comparison is exp.GTE else (None, bound)))
            )
    return conditions


def _timestamp_literal(instant_us: int, zone: bool) -> exp.Expression | None:
    """A timestamp that people can read; None outside of years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(microseconds=instant_us)
    except OverflowError:
        return None
    kind = exp.DataType.Type.TIMESTAMPTZ if zone else exp.DataType.Type.TIMESTAMP
    written = moment.replace(tzinfo=None).isoformat(sep=" ") + ("+00" if zone else "")
    return exp.Cast(this=text(written), to=exp.DataType(this=kind))


def split_into_limbs(value: exp.Expression, limbs: tuple[int, ...], slot: str) -> dict[int, exp.Expression]:
    """Each limb's share of a finite double as decimal(38,0); a value that the limbs cannot hold exactly is an error.

    The highest limb takes the whole units, each other one what its upper neighbour leaves; at the end nothing is left.
    """
    low, top = min(limbs), max(limbs)
    shares: dict[int, exp.Expression] = {}
    for limb in limbs:
        scaled = _scale(value.copy(), -unit(limb))
        if limb == top:
            share = call("only_units" if limb == low else "whole_units", scaled, text(slot))
        else:
            above = _scale(value.copy(), -unit(limb + 1))
            share = call("lowest_units" if limb == low else "lower_units", scaled, above, text(slot))
            # A double this large has no digits down here, and scaling it might overflow.
            if unit(limb + 1) + 53 < 1024:
                small = exp.LT(this=call("abs", value.copy()), expression=number(2.0 ** (unit(limb + 1) + 53)))
                share = case(
                    exp.Or(this=small, expression=exp.Is(this=value.copy(), expression=exp.Null())), share, number(0)
                )
        shares[limb] = cast(share, DECIMAL_INTEGER)
    return shares


def floor_to_hop(instant: exp.Expression, hop: int) -> exp.Expression:
    """The greatest multiple of `hop` at or below `instant`."""
    return call("floor_to_hop", instant, number(hop))


def _scale(value: exp.Expression, exponent: int) -> exp.Expression:
    """`value * 2**exponent`, in two steps where the factor itself is no double."""
    if abs(exponent) <= 1000:
        return times(value, number(2.0**exponent))
    half = exponent // 2
    return times(times(value, number(2.0**half)), number(2.0 ** (exponent - half)))


def exact_sum(limbs: Mapping[int, exp.Expression]) -> exp.Expression:
    """The double nearest to a sum held in limbs; beyond one limb's range, its balanced digits added from the highest
    down, which may be one off. A total beyond the doubles is null.
    """
    if tuple(limbs) == DEFAULT_LIMBS:
        return call("exact_double", limbs[0])
    digits = _balanced_digits(limbs)
    value, *smaller = [_scale(call("rounded", digit), unit(limb)) for limb, digit in reversed(digits.items())]
    for part in smaller:
        value = exp.Add(this=value, expression=part)
    finite = case(call("isfinite", value), value.copy())
    short = call("as_one_limb", digits[1].copy(), digits[0].copy())
    others = [exp.EQ(this=digit.copy(), expression=number(0)) for limb, digit in digits.items() if limb not in (0, 1)]
    return case(all_of([*others, not_null(short)]), call("exact_double", short.copy()), finite)


def _balanced_digits(limbs: Mapping[int, exp.Expression]) -> dict[int, exp.Expression]:
    """The unique digits of a total, from the lowest limb to one above all limbs and limb 0, so that 0 and 1 are among
    them wherever limb 0 could hold the total."""
    digits: dict[int, exp.Expression] = {}
    carried: exp.Expression | None = None
    for limb in range(min(*limbs, 0), max(*limbs, 0) + 1):
        held = exp.cast(limbs[limb], "HUGEINT", dialect="duckdb") if limb in limbs else None
        parts = [part for part in (held, carried) if part is not None]
        total = (parts[0] if len(parts) == 1 else plus(parts[0], parts[1])) if parts else number(0)
        digits[limb] = call("digit", total)
        carried = call("carry", total.copy())
    assert carried is not None
    digits[max(*limbs, 0) + 1] = carried
    return digits


def square(value: exp.Expression) -> exp.Expression:
    """The double nearest to the square of a double."""
    return times(value, value.copy())


def square_rest(value: exp.Expression) -> exp.Expression:
    """What the square has beyond `square`, as a double."""
    return call("rest_of_product", value, value.copy())


def variance(
    count: exp.Expression, squares: Mapping[int, exp.Expression], total: Mapping[int, exp.Expression]
) -> exp.Expression:
    """The sample variance from a count and two sums in limbs; null of fewer than two values."""
    return call("variance_of", count, *_double_and_rest(squares), *_double_and_rest(total))


def _double_and_rest(limbs: Mapping[int, exp.Expression]) -> tuple[exp.Expression, exp.Expression]:
    """A sum held in limbs as a double and what is left of it, as another."""
    (top, highest), *lower = sorted(limbs.items(), reverse=True)
    value = _scale(call("limb_double", highest.copy()), unit(top))
    rest = _scale(call("limb_rest", highest.copy()), unit(top))
    for limb, held in lower:
        part = _scale(call("limb_double", held.copy()), unit(limb))
        part_rest = _scale(call("limb_rest", held.copy()), unit(limb))
        rest = plus(plus(rest, call("rest_of_sum", value.copy(), part)), part_rest)
        value = plus(value, part.copy())
    return value, rest


def row_in_order(
    value: exp.Expression,
    instant: exp.Expression | None,
    tiebreak: exp.Expression | None,
    may_be_null: bool,
) -> exp.Expression:
    """What rows are ordered by: a struct (instant, tiebreak, value) with nulls first in each.

    Of rows of one instant, `instant` is None; without a tiebreak and nulls either it is the value itself.
    """
    if instant is None and tiebreak is None and not may_be_null:
        return value
    parts = [] if instant is None else [("instant", instant)]
    if tiebreak is not None:
        parts += [("has_tiebreak", not_null(tiebreak.copy())), ("tiebreak", tiebreak)]
    if may_be_null:
        parts.append(("has_value", not_null(value.copy())))
    parts.append(("value", value))
    return exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=part) for name, part in parts]
    )


def value_at(value: exp.Expression, instant: exp.Expression, first: bool, keeps_nulls: bool) -> exp.Expression:
    """The value at the smallest or greatest instant, where no two rows share one; null instants are no rows."""
    if keeps_nulls:
        return call("arg_min_null" if first else "arg_max_null", value, instant)
    return exp.ArgMin(this=value, expression=instant) if first else exp.ArgMax(this=value, expression=instant)


def pack(instant_column: exp.Expression, value: exp.Expression) -> exp.Expression:
    """A row's instant and value as one struct; null where there is no row."""
    struct = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("instant"), expression=instant_column),
            exp.PropertyEQ(this=exp.to_identifier("value"), expression=value),
        ]
    )
    return case(not_null(instant_column.copy()), struct)


def field(struct: exp.Expression, name: str) -> exp.Expression:
    return call("struct_extract", struct, text(name))


def greatest_values(row: exp.Expression, size: int, where: exp.Expression | None) -> exp.Expression:
    """The values of the `size` greatest rows, greatest first; `row` is what `row_in_order` made."""
    picked = only_where(call("max", row, number(size)), where)
    return call("values_of", picked) if isinstance(row, exp.Struct) else picked


def first_items(lists: exp.Expression, order: exp.Ordered, where: exp.Expression, size: int) -> exp.Expression:
    """The first `size` items of the lists of a group in order, one after another."""
    ordered = exp.ArrayAgg(this=exp.Order(this=lists, expressions=[order]))
    return call("first_items", only_where(ordered, where), number(size))


def bucket(value: exp.Expression) -> exp.Expression:
    """The logarithmic bucket that a double lies in."""
    return call("bucket", value)


def histogram(value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
    """How often each value occurs, as a map of type `kind`; null of no values."""
    return cast(only_where(call("histogram", value), where), kind)


def entries(counts: exp.Expression) -> exp.Expression:
    """A row for each entry of a map, as a struct of `key` and `value`."""
    return exp.Unnest(expressions=[call("map_entries", counts)])


def sketch_distinct(value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
    """A sketch of the distinct values of type `kind`, in their order, so that equal rows make equal bytes; null of
    none."""
    told_apart = value
    if kind.name != "string":
        told_apart = call("epoch_us", cast(value, TIMESTAMP)) if kind.is_temporal else cast(value, BIGINT)
    values = call("list_sort", only_where(exp.ArrayAgg(this=told_apart), where))
    return call("distinct_texts" if kind.name == "string" else "distinct_numbers", values)


def merge_sketches(sketch: exp.Expression, where: exp.Expression) -> exp.Expression:
    """One sketch of all in a group."""
    return call("merge_sketches", only_where(exp.ArrayAgg(this=sketch), where))


def count_of_sketch(sketch: exp.Expression) -> exp.Expression:
    """About how many distinct values a sketch has seen."""
    return call("count_of_sketch", sketch)


def counts_in_order(value: exp.Expression, count: exp.Expression, by_value: bool) -> exp.Expression:
    """Values and their counts collected into a map, of counts above 0: by value, or the most frequent first."""
    entry = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("key"), expression=value.copy()),
            exp.PropertyEQ(this=exp.to_identifier("value"), expression=count.copy()),
        ]
    )
    order = [exp.Ordered(this=value)]
    if not by_value:
        order.insert(0, exp.Ordered(this=count.copy(), desc=True))
    collected = exp.ArrayAgg(this=exp.Order(this=entry, expressions=order))
    return call("map_from_entries", only_where(collected, exp.GT(this=count, expression=number(0))))


def most_frequent(counts: exp.Expression, size: int) -> exp.Expression:
    """The first `size` values of counts in order."""
    return call("first_keys", counts, number(size))


def top_counts(counts: exp.Expression, size: int) -> exp.Expression:
    """The first `size` values of counts in order, with their counts."""
    return call("first_entries", counts, number(size))


def quantile(totals: exp.Expression, share: float) -> exp.Expression:
    """The edge of the bucket that holds the value of which `share` of all are no greater; `totals` are added up."""
    return call("quantile_of", totals, exp.Literal.number(f"{Decimal(repr(share)):f}"))


def error(message: str) -> exp.Expression:
    """A value that cannot be computed: whoever asks for it gets the message as an error."""
    return call("error", text(message))
