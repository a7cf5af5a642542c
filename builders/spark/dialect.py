"""What Spark says in its own words: reading files, instants, the latest row, counts and sketches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final

import sqlglot
from sqlglot import exp

from builders.layout import EntityLayout
from builders.request import SourceFiles
from builders.spark.as_of import join_as_of
from builders.spark.expressions import compile_expression
from builders.spark.file_types import NANOSECONDS
from builders.spark.relations import Relations
from builders.spark.statistic_items import items_of
from builders.spark.syntax import SYNTAX
from builders.sql.ast import all_of, between, call, case, cast, column, number, only_where, plus, select, text
from builders.sql.statistics import Measurement
from builders.sql.words import floor_to_hop, is_short
from definitions.columns import column_types
from definitions.durations import BEGINNING
from definitions.model import Source
from definitions.statistic import Statistic
from definitions.types import BIGINT, TIMESTAMP, DataType

EMPTY_TEXT: Final = "\ue000"
"""What stands for the empty text, which a sketch does not see; no real text is this character of private use."""

LOG_REGISTERS: Final = 12
"""2**12 registers of a byte in a sketch, on every engine."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT: Final = exp.DataType.build("TIMESTAMP", dialect="spark")
_COLLECTED: Final = exp.column("collected")
_COUNTED: Final = sqlglot.parse_one(
    """get(transform(array(collected), v ->
         get(transform(array(filter(sequence(1, size(v)), i -> i = size(v) OR get(v, i - 1) <> get(v, i))), ends ->
           map_from_entries(transform(ends, (e, i) ->
             struct(get(v, e - 1) AS key, CAST(e - coalesce(get(ends, i - 1), 0) AS BIGINT) AS value)))), 0)), 0)""",
    dialect="spark",
)
"""A map from the values of a sorted list to how often each occurs: it is found where each ends. Spark has no aggregate
that counts values; what is bound by `transform(array(x), v -> ..)` is computed once."""


class SparkDialect:
    """Implements `builders.sql.dialect.Dialect`. SQL names no files: they become views, which `relations` declares."""

    name = SYNTAX

    def __init__(self, relations: Relations) -> None:
        self._relations = relations

    def read_files(
        self, source: Source, files: SourceFiles, types: Mapping[str, DataType] | None = None
    ) -> exp.Expression:
        return exp.to_table(self._relations.of_source(source, files, {**column_types(source), **(types or {})}))

    def read_segments(
        self,
        paths: tuple[str, ...],
        columns: Mapping[str, DataType] | None = None,
        layout: EntityLayout | None = None,
    ) -> exp.Expression:
        return exp.to_table(self._relations.of_segments(paths, columns, layout))

    def move(self, query: exp.Select, layout: EntityLayout) -> exp.Select:
        return _hint(query, call("REPARTITION", number(layout.buckets), *map(column, layout.keys)))

    def hashed(self, query: exp.Select, name: str) -> exp.Select:
        return _hint(query, call("SHUFFLE_HASH", column(name)))

    def broadcast(self, query: exp.Select, name: str) -> exp.Select:
        return _hint(query, call("BROADCAST", column(name)))

    def sample(self, query: exp.Query, size: int, rows: int) -> exp.Select:
        whole = select("*").from_(query.subquery("whole", copy=False), copy=False)
        if rows > size:
            share = exp.LT(this=call("rand", number(1)), expression=number(size / rows))
            whole = whole.where(share, copy=False)
        return whole

    def typed(self, name: str, source: Source) -> exp.Expression:
        return cast(column(name), column_types(source)[name])

    def typed_timestamp(self, name: str, kind: DataType, physical: str) -> exp.Expression:
        held = call("timestamp_micros", self.instant(name, physical)) if physical == NANOSECONDS else column(name)
        return cast(held, kind)

    def is_of_nanoseconds(self, physical: str) -> bool:
        return physical == NANOSECONDS

    def expression(self, canonical: str, types: Mapping[str, DataType]) -> exp.Expression:
        return compile_expression(canonical, types)

    def is_whole_match(self, value: exp.Expression, pattern: str) -> exp.Expression:
        # A line feed at the end is part of the text, which `$` would pass over.
        return all_of([is_short(value), call("regexp_like", value.copy(), text(rf"\A(?:{pattern})\z"))])

    def instant(self, name: str, physical: str) -> exp.Expression:
        if physical == NANOSECONDS:
            nanoseconds = floor_to_hop(column(name), 1000)
            return exp.IntDiv(this=exp.Paren(this=nanoseconds), expression=number(1000))
        # In a session in UTC a timestamp without a zone is that instant.
        return call("unix_micros", exp.Cast(this=column(name), to=_INSTANT.copy()))

    def instant_between(self, name: str, physical: str, start: int, end: int) -> list[exp.Expression]:
        first = None if start <= BEGINNING else start
        if physical not in ("TIMESTAMP", "TIMESTAMP_NTZ", "DATE"):
            return between(self.instant(name, physical), first, end)
        conditions: list[exp.Expression] = []
        for bound, comparison in ((first, exp.GTE), (end, exp.LT)):
            literal = None if bound is None else _timestamp_literal(bound, physical)
            if literal is not None:
                conditions.append(comparison(this=column(name), expression=literal))
            elif bound is not None:
                limits = (bound, None) if comparison is exp.GTE else (None, bound)
                conditions.extend(between(self.instant(name, physical), *limits))
        return conditions

    def value_at(
        self, value: exp.Expression, instant: exp.Expression, first: bool, keeps_nulls: bool
    ) -> exp.Expression:
        # Values at a null instant are passed over here and null values are not: they are there only if they count.
        return exp.ArgMin(this=value, expression=instant) if first else exp.ArgMax(this=value, expression=instant)

    def field(self, struct: exp.Expression, name: str) -> exp.Expression:
        return exp.Dot(this=exp.Paren(this=struct), expression=exp.to_identifier(name, quoted=True))

    def greatest_values(self, row: exp.Expression, size: int, where: exp.Expression | None) -> exp.Expression:
        collected = call("sort_array", only_where(call("collect_list", _item(row)), where), exp.false())
        return _null_if_empty(_each(call("slice", collected, number(1), number(size)), "value"))

    def first_items(
        self, lists: exp.Expression, order: exp.Ordered, where: exp.Expression, size: int
    ) -> exp.Expression:
        item = _struct(at=order.this, items=lists)
        ascending = exp.false() if order.args.get("desc") else exp.true()
        ordered = call("sort_array", only_where(call("collect_list", item), where), ascending)
        return _null_if_empty(call("slice", call("flatten", _each(ordered, "items")), number(1), number(size)))

    def sum_of_units(self, shares: Sequence[exp.Expression]) -> exp.Expression:
        # A sum of decimals makes objects for every row, which cost more than all else that is done with it.
        sums = [
            exp.Sum(this=reduce(plus, (call(digit, share.copy()) for share in shares)))
            for digit in ("upper_digit", "middle_digit", "lower_digit")
        ]
        return call("of_digits", *sums)

    def histogram(self, value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
        collected = call("sort_array", only_where(call("collect_list", value), where))
        counted = _COUNTED.transform(lambda node: collected.copy() if node == _COLLECTED else node)
        some = exp.GT(this=call("size", collected.copy()), expression=number(0))
        return cast(case(some, counted), kind)

    def measurements(self, statistics: Sequence[Statistic], types: Mapping[str, DataType]) -> list[Measurement]:
        return items_of(statistics, types)

    def entries(self, counts: exp.Expression) -> exp.Expression:
        return exp.Explode(this=call("map_entries", counts))

    def sketch_distinct(self, value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
        told_apart: exp.Expression
        if kind.name == "string":
            empty = exp.EQ(this=value.copy(), expression=text(""))
            told_apart = case(empty, text(EMPTY_TEXT), value)
        elif kind.is_temporal:
            told_apart = call("unix_micros", exp.Cast(this=value, to=_INSTANT.copy()))
        else:
            told_apart = cast(value, BIGINT)
        sketched = only_where(call("hll_sketch_agg", told_apart, number(LOG_REGISTERS)), where)
        some: exp.Expression = only_where(exp.Count(this=value.copy()), None if where is None else where.copy())
        return case(exp.GT(this=some, expression=number(0)), sketched)

    def merge_sketches(self, sketch: exp.Expression, where: exp.Expression) -> exp.Expression:
        merged = only_where(call("hll_union_agg", sketch), where)
        some = only_where(exp.Count(this=sketch.copy()), where.copy())
        return case(exp.GT(this=some, expression=number(0)), merged)

    def counts_in_order(self, value: exp.Expression, count: exp.Expression, by_value: bool) -> exp.Expression:
        entry = _struct(key=value.copy(), value=count.copy())
        item = entry if by_value else _struct(rank=exp.Neg(this=count.copy()), entry=entry)
        some = exp.GT(this=count.copy(), expression=number(0))
        collected = call("sort_array", only_where(call("collect_list", item), some))
        entries = collected if by_value else _each(collected, "entry")
        return _null_if_empty(call("map_from_entries", entries))

    def comparable(self, value: exp.Expression, kind: DataType) -> exp.Expression:
        # Maps are not compared, as their entries have no order; those of tiles are by value.
        return call("map_entries", value) if kind.name == "map" else value

    def most_frequent(self, counts: exp.Expression, size: int) -> exp.Expression:
        return call("slice", call("map_keys", counts), number(1), number(size))

    def top_counts(self, counts: exp.Expression, size: int) -> exp.Expression:
        return call("map_from_entries", call("slice", call("map_entries", counts), number(1), number(size)))

    def error(self, message: str) -> exp.Expression:
        return call("raise_error", text(message))

    def join_as_of(
        self,
        query: exp.Select,
        table: exp.Table,
        keys: Sequence[tuple[exp.Expression, str]],
        instant: exp.Expression,
        known: str,
    ) -> exp.Select:
        return join_as_of(query, table, keys, instant, known)


def _timestamp_literal(instant_us: int, physical: str) -> exp.Expression | None:
    """A timestamp that people can read; None outside of years 1 to 9999."""
    try:
        moment = _EPOCH + timedelta(microseconds=instant_us)
    except OverflowError:
        return None
    written = text(moment.replace(tzinfo=None).isoformat(sep=" "))
    return exp.Cast(this=written, to=_INSTANT.copy()) if physical == "TIMESTAMP" else cast(written, TIMESTAMP)


def _struct(**parts: exp.Expression) -> exp.Expression:
    return exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=part) for name, part in parts.items()]
    )


def _item(row: exp.Expression) -> exp.Expression:
    """A row as a struct that ends in its value."""
    return row if isinstance(row, exp.Struct) else _struct(value=row)


def _each(items: exp.Expression, name: str) -> exp.Expression:
    """One part of each struct in a list."""
    held = exp.to_identifier("held")
    part = exp.Dot(this=exp.Column(this=held.copy()), expression=exp.to_identifier(name, quoted=True))
    return call("transform", items, exp.Lambda(this=part, expressions=[held]))


def _null_if_empty(items: exp.Expression) -> exp.Expression:
    """Nothing collected is a null, not an empty list or map."""
    return case(exp.GT(this=call("size", items.copy()), expression=number(0)), items)


def _hint(query: exp.Select, hint: exp.Expression) -> exp.Select:
    """The query with one more hint."""
    held = query.args.get("hint") or exp.Hint(expressions=[])
    held.append("expressions", hint)
    query.set("hint", held)
    return query
