"""Statistics as aggregates: one for each, or one for each edge or category.

DuckDB computes them in vectors, faster than it would multiply rows; but of a thousand aggregates over as many columns
the vectors no longer stay in the processor's cache, so that a statement has some of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from sqlglot import exp

from builders.sql.ast import alias, all_of, column, count_if, negated, not_null, only_where, select, text
from builders.sql.dialect import Dialect
from builders.sql.statistics import GROUP, Figures, Measurement, Rows, ValuesRead, double, drawn, read
from definitions.statistic import Statistic, Value
from definitions.terms import render_name
from definitions.types import DataType

AT_ONCE: Final = 100
"""A thousand took three times the time of ten times a hundred."""


class Aggregates(Measurement):
    """A row a group, with the aggregates of all statistics in their order."""

    def render(self, dialect: Dialect, rows: Rows) -> exp.Select:
        values = ValuesRead()
        figures = [figure for item in self.statistics for figure in self._aggregates(dialect, item, values)]
        query = select(column(GROUP), *(alias(figure, f"figure_{place}") for place, figure in enumerate(figures)))
        query = query.from_("rows", copy=False).group_by(column(GROUP), copy=False)
        return query.with_("rows", as_=rows(values.listed()), copy=False)

    def figures(self, answer: Iterable[tuple[Any, ...]]) -> Figures:
        found = {}
        for group, *row in answer:
            figures = iter(row)
            found[group] = {
                item: _value(item, [next(figures) for _ in range(_width(item))]) for item in self.statistics
            }
        return found

    def _aggregates(self, dialect: Dialect, item: Statistic, values: ValuesRead) -> Iterator[exp.Expression]:
        if item.kind == "rows":
            yield exp.Count(this=exp.Star())
            return
        if item.kind == "repeated":
            keys = [values.column(dialect.expression(render_name(name), self.types)) for name in item.columns]
            whole = all_of(not_null(part.copy()) for part in keys)
            yield count_if(whole)
            yield only_where(exp.Count(this=exp.Distinct(expressions=keys)), whole.copy())
            return
        value = values.column(read(dialect, item, self.types))
        match item.kind:
            case "true":
                yield count_if(value)
            case "unmatched":
                yield count_if(negated(value))
            case "least":
                yield exp.Min(this=value)
            case "greatest":
                yield exp.Max(this=value)
            case "mean":
                yield exp.Avg(this=drawn(value, item.edges))
            case "variance":
                yield exp.VariancePop(this=drawn(value, item.edges))
            case "bins":
                yield exp.Count(this=value)
                for edge in item.edges:
                    yield count_if(exp.LTE(this=value.copy(), expression=double(edge)))
            case "categories":
                yield exp.Count(this=value)
                for category in item.values:
                    yield count_if(exp.EQ(this=value.copy(), expression=text(category)))


def aggregates_of(statistics: Sequence[Statistic], types: Mapping[str, DataType]) -> list[Aggregates]:
    """The statistics in statements of at most a hundred aggregates, or of one statistic that has more."""
    parts: list[list[Statistic]] = [[]]
    for item in statistics:
        if parts[-1] and sum(map(_width, parts[-1])) + _width(item) > AT_ONCE:
            parts.append([])
        parts[-1].append(item)
    return [Aggregates(tuple(part), types) for part in parts]


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
