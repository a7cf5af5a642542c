"""SQL of statistics: what they are of is read once; each is an aggregate of it, or one for each edge or category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from sqlglot import exp

from builders.profiles import LookAtRows, MeasureDays
from builders.sql.ast import alias, all_of, cast, column, count_if, negated, not_null, number, only_where, select, text
from builders.sql.dialect import Dialect
from builders.sql.source_rows import over_rows, rows_between
from builders.sql.words import floor_to_hop
from definitions.columns import own_types
from definitions.durations import DAY
from definitions.expressions import parse_expression
from definitions.statistic import Statistic, Value
from definitions.terms import render_name
from definitions.types import BIGINT, DOUBLE, DataType

GROUP: Final = "group"
"""The column that rows are grouped by."""


def render_measure_days(dialect: Dialect, asked: MeasureDays) -> exp.Select:
    """A row a day, with the aggregates of all statistics in their order."""
    source = asked.rows.source
    types = own_types(source)
    rows = rows_between(dialect, source, asked.rows.files, types, asked.rows.within)
    day: exp.Expression = exp.Null()
    if source.timestamp is not None:
        day = exp.IntDiv(this=exp.Paren(this=floor_to_hop(rows.instant, DAY)), expression=number(DAY))
    measured = MeasuredValues(asked.statistics, types)
    return measured.over(dialect, over_rows(dialect, measured.reading(dialect, cast(day, BIGINT)), rows, (), []))


def render_look_at_rows(dialect: Dialect, asked: LookAtRows) -> exp.Select:
    """Some of the rows: of those that meet a condition the first, else any."""
    source = asked.rows.source
    types = own_types(source)
    rows = rows_between(dialect, source, asked.rows.files, types, asked.rows.within)
    columns = [alias(dialect.expression(of, types), name) for name, of in asked.columns.items()]
    conditions = []
    if asked.where is not None:
        conditions.append(dialect.expression(asked.where, types))
    if asked.unmatched is not None:
        value = dialect.expression(asked.unmatched.of, types)
        conditions.append(negated(dialect.is_whole_match(value, asked.unmatched.pattern)))
    query = over_rows(dialect, select(*columns), rows, (), conditions)
    if not conditions:
        return dialect.sample(query, asked.number, asked.rows.files.rows)
    return query.order_by(rows.instant, copy=False).limit(asked.number, copy=False)


@dataclass(frozen=True)
class MeasuredValues:
    """Statistics over rows whose columns have these types."""

    statistics: tuple[Statistic, ...]
    types: Mapping[str, DataType]

    @cached_property
    def _names(self) -> dict[str | tuple[str, str], str]:
        """What is read of a row, each once, by the column that it is read into: an expression, or one with the pattern
        that it is held against."""
        read: dict[str | tuple[str, str], None] = {}
        for item in self.statistics:
            for name in item.columns:
                read[render_name(name)] = None
            if item.kind == "unmatched":
                read[item.of, item.pattern] = None
            elif item.of:
                read[item.of] = None
        return {what: f"value_{place}" for place, what in enumerate(read, start=1)}

    def reading(self, dialect: Dialect, group: exp.Expression) -> exp.Select:
        """The beginning of a query that reads what all statistics need; it is yet to say from where."""
        return select(
            alias(group, GROUP), *(alias(self._read(dialect, what), name) for what, name in self._names.items())
        )

    def _read(self, dialect: Dialect, what: str | tuple[str, str]) -> exp.Expression:
        if isinstance(what, tuple):
            of, pattern = what
            return dialect.is_whole_match(dialect.expression(of, self.types), pattern)
        value, kind = dialect.expression(what, self.types), parse_expression(what, self.types).type
        return cast(value, DOUBLE) if kind.is_numeric and not self._is_compared(what) else value

    def _is_compared(self, of: str) -> bool:
        """Keys are compared as they are: a bigint has more digits than a double."""
        return any(of == render_name(name) for item in self.statistics for name in item.columns)

    def condition(self, dialect: Dialect, item: Statistic) -> exp.Expression | None:
        """What is true of the rows that a statistic counts; None of one that is no such count."""
        match item.kind:
            case "rows":
                return exp.true()
            case "true":
                return self._read(dialect, item.of)
            case "unmatched":
                return negated(self._read(dialect, (item.of, item.pattern)))
            case _:
                return None

    def over(self, dialect: Dialect, rows: exp.Select) -> exp.Select:
        """A row a group, with the aggregates of all statistics in their order."""
        aggregates = [
            alias(aggregate, f"figure_{place}")
            for place, aggregate in enumerate(
                (part for item in self.statistics for part in self._aggregates(dialect, item)), start=1
            )
        ]
        query = select(column(GROUP), *aggregates).from_("rows", copy=False).group_by(column(GROUP), copy=False)
        return query.with_("rows", as_=rows, copy=False)

    def _aggregates(self, dialect: Dialect, item: Statistic) -> Iterator[exp.Expression]:
        match item.kind:
            case "rows":
                yield exp.Count(this=exp.Star())
                return
            case "repeated":
                yield from self._repeated(dialect, item)
                return
            case "unmatched":
                yield count_if(exp.Not(this=column(self._names[item.of, item.pattern])))
                return
        value = column(self._names[item.of])
        match item.kind:
            case "true":
                yield count_if(value)
            case "least":
                yield exp.Min(this=value)
            case "greatest":
                yield exp.Max(this=value)
            case "mean":
                yield exp.Avg(this=_drawn(value, item.edges))
            case "variance":
                yield exp.VariancePop(this=_drawn(value, item.edges))
            case "bins":
                yield exp.Count(this=value)
                for edge in item.edges:
                    yield count_if(exp.LTE(this=value.copy(), expression=_double(edge)))
            case "categories":
                yield exp.Count(this=value)
                for category in item.values:
                    yield count_if(exp.EQ(this=value.copy(), expression=text(category)))

    def _repeated(self, dialect: Dialect, item: Statistic) -> Iterator[exp.Expression]:
        columns = [column(self._names[render_name(name)]) for name in item.columns]
        whole = all_of(not_null(part.copy()) for part in columns)
        yield count_if(whole)
        yield only_where(exp.Count(this=exp.Distinct(expressions=columns)), whole.copy())

    def values_of(self, row: Sequence[Any]) -> dict[Statistic, Value]:
        """What the aggregates of one group come to."""
        figures = iter(row)
        return {item: _value(item, [next(figures) for _ in range(_width(item))]) for item in self.statistics}


def _width(item: Statistic) -> int:
    """How many aggregates it is made of."""
    if item.kind in ("bins", "categories"):
        return 1 + len(item.edges) + len(item.values)
    return 2 if item.kind == "repeated" else 1


def _value(item: Statistic, figures: list[Any]) -> Value:
    match item.kind:
        case "rows" | "true" | "unmatched":
            return int(figures[0])
        case "repeated":
            return int(figures[0]) - int(figures[1])
        case "bins":
            # Those at or below each edge, and all of them; a bin has what one has more than the one before.
            reached = [0, *map(int, figures[1:]), int(figures[0])]
            return tuple(upper - lower for lower, upper in pairwise(reached))
        case "categories":
            counts = list(map(int, figures[1:]))
            return (*counts, int(figures[0]) - sum(counts))
        case _:
            return None if figures[0] is None else float(figures[0])


def _drawn(value: exp.Expression, edges: tuple[float, ...]) -> exp.Expression:
    """A number no further out than the outermost edges, so that a mean is not that of one number far away."""
    if not edges:
        return value
    inner = exp.Greatest(this=value, expressions=[_double(edges[0])])
    # The greatest and the least of a null and a number are the number; a null counts in no mean.
    drawn = exp.Least(this=inner, expressions=[_double(edges[-1])])
    return exp.Case(ifs=[exp.If(this=not_null(value.copy()), true=drawn)])


def _double(value: float) -> exp.Expression:
    """A number as a double, which a decimal literal is not where there are many digits."""
    return cast(number(value), DOUBLE)
