"""What DuckDB says in its own words: reading files, instants, exact sums, the latest row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final

from sqlglot import exp

from builders.duckdb.expressions import compile_expression
from builders.duckdb.statistic_aggregates import Aggregates, aggregates_of
from builders.layout import EntityLayout, buckets_of
from builders.request import SourceFiles
from builders.sql.ast import (
    alias,
    all_of,
    between,
    call,
    cast,
    column,
    null_of,
    number,
    only_where,
    plus,
    select,
    sql_type,
    text,
)
from builders.sql.words import floor_to_hop, is_short
from definitions.columns import column_types
from definitions.durations import BEGINNING
from definitions.formats import source_format
from definitions.model import Source
from definitions.statistic import Statistic
from definitions.types import BIGINT, DECIMAL_INTEGER, TIMESTAMP, DataType

name: Final = "duckdb"
"""What sqlglot calls the syntax."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL: Final = re.compile(r"[\[*?]")
"""What means something in a pattern of files."""

_OF_NANOSECONDS: Final = ("TIMESTAMP_NS", "TIMESTAMPTZ_NS")


def read_files(source: Source, files: SourceFiles, types: Mapping[str, DataType] | None = None) -> exp.Expression:
    """`read_parquet([...])` or `read_csv([...])` with the declared types, and those of further columns in `types`.

    Of no files: no rows of the same columns, as the readers refuse an empty list.
    """
    if not files.files:
        return _no_rows({**column_types(source), **(types or {})})
    listed = exp.Array(expressions=[text(file) for file in files.files])
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


def read_segments(
    paths: tuple[str, ...], columns: Mapping[str, DataType] | None = None, layout: EntityLayout | None = None
) -> exp.Expression:
    """Stored tiles; segments of one table may hold different slots, so columns go by name."""
    listed = exp.Array(expressions=[text(path if buckets_of(path) is None else _all_in(path)) for path in paths])
    return call("read_parquet", listed, _option("union_by_name", exp.true()), _option("hive_partitioning", exp.false()))


def _all_in(folder: str) -> str:
    """The pattern of all files in a folder, whatever characters its name has."""
    return _SPECIAL.sub(r"[\g<0>]", folder) + "/*.parquet"


def sample(query: exp.Query, size: int, rows: int) -> exp.Select:
    """`size` rows of a query, the same ones each time."""
    sampled = select("*").from_(query.subquery("whole", copy=False), copy=False)
    sampled.set("sample", exp.TableSample(method=exp.to_identifier("reservoir"), size=number(size), seed=number(1)))
    return sampled


def typed(name: str, source: Source) -> exp.Expression:
    """A source's column in its declared type."""
    return cast(column(name), column_types(source)[name])


def typed_timestamp(name: str, kind: DataType, physical: str) -> exp.Expression:
    """A column in its declared type; one of nanoseconds at the microsecond at or before them."""
    held = call("make_timestamp", instant(name, physical)) if physical in _OF_NANOSECONDS else column(name)
    return cast(held, kind)


def is_of_nanoseconds(physical: str) -> bool:
    """Whether a timestamp column has nanoseconds in the files, so that no expression can read it as it is."""
    return physical in _OF_NANOSECONDS


def expression(canonical: str, types: Mapping[str, DataType]) -> exp.Expression:
    """A canonical expression over columns of these types; a double that is not finite is null."""
    return compile_expression(canonical, types)


def is_whole_match(value: exp.Expression, pattern: str) -> exp.Expression:
    """Whether a text, which must not be too long, is from beginning to end what a pattern describes."""
    return all_of([is_short(value), call("regexp_full_match", value.copy(), text(pattern))])


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


def value_at(value: exp.Expression, instant: exp.Expression, first: bool, keeps_nulls: bool) -> exp.Expression:
    """The value at the smallest or greatest instant, where no two rows share one; null instants are no rows."""
    if keeps_nulls:
        return call("arg_min_null" if first else "arg_max_null", value, instant)
    return exp.ArgMin(this=value, expression=instant) if first else exp.ArgMax(this=value, expression=instant)


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


def sum_of_units(shares: Sequence[exp.Expression]) -> exp.Expression:
    """The exact sum, as decimal(38,0), of doubles without a fraction; null of no rows."""
    return exp.Sum(this=reduce(plus, (cast(share, DECIMAL_INTEGER) for share in shares)))


def histogram(value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
    """How often each value occurs, as a map of type `kind`; null of no values."""
    return cast(only_where(call("histogram", value), where), kind)


def measurements(statistics: Sequence[Statistic], types: Mapping[str, DataType]) -> list[Aggregates]:
    """The statements that statistics of rows take whose columns have these types."""
    return aggregates_of(statistics, types)


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


def comparable(value: exp.Expression, kind: DataType) -> exp.Expression:
    """What a column of type `kind` holds, as EXCEPT takes it."""
    return value


def most_frequent(counts: exp.Expression, size: int) -> exp.Expression:
    """The first `size` values of counts in order."""
    return call("first_keys", counts, number(size))


def top_counts(counts: exp.Expression, size: int) -> exp.Expression:
    """The first `size` values of counts in order, with their counts."""
    return call("first_entries", counts, number(size))


def error(message: str) -> exp.Expression:
    """A value that cannot be computed: whoever asks for it gets the message as an error."""
    return call("error", text(message))


def join_as_of(
    query: exp.Select,
    table: exp.Table,
    keys: Sequence[tuple[exp.Expression, str]],
    instant: exp.Expression,
    known: str,
) -> exp.Select:
    """The query with an as-of join."""
    matches: list[exp.Expression] = [exp.EQ(this=left, expression=column(right)) for left, right in keys]
    matches.append(exp.GTE(this=instant, expression=column(known)))
    query.append("joins", exp.Join(this=table, method="ASOF", side="LEFT", on=all_of(matches)))
    return query


def move(query: exp.Select, layout: EntityLayout) -> exp.Select:
    """The query itself: in one process nothing has to move."""
    return query


def hashed(query: exp.Select, name: str) -> exp.Select:
    """The query itself: DuckDB finds out which side is the smaller one."""
    return query


def broadcast(query: exp.Select, name: str) -> exp.Select:
    """The query itself: in one process everyone has it."""
    return query
