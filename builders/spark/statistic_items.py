"""Statistics of many columns with few aggregates: each row becomes a list of what it adds to them, whose items are
added up by their numbers.

Spark plans a statement of a thousand aggregates for minutes, as it looks for each column among all. Here it has a few,
however much is asked: what statistics are of is added up in one of three ways, as counts, moments or repeated keys,
each in a statement of its own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from sqlglot import exp

from builders.sql.ast import (
    alias,
    all_of,
    between,
    call,
    case,
    column,
    is_null,
    minus,
    negated,
    not_null,
    null_of,
    number,
    only_where,
    select,
    text,
)
from builders.sql.dialect import Dialect
from builders.sql.statistics import GROUP, Figures, Measurement, Rows, ValuesRead, double, drawn, read
from definitions.expressions import parse_expression
from definitions.statistic import Kind, Statistic, Value
from definitions.terms import render_name
from definitions.types import DataType

_NUMBER: Final = "number"
_ITEM: Final = "item"
_ITEMS: Final = "items"
_VALUE: Final = "value"


class Items(Measurement):
    """Statistics of some kinds, whose items are alike."""

    kinds: ClassVar[tuple[Kind, ...]]

    def _items(self, dialect: Dialect, rows: Rows) -> exp.Select:
        """A row for each item of each row."""
        values = ValuesRead()
        items = exp.Array(expressions=list(self._listed(dialect, values)))
        read_once = rows([value.transform(_spelt_out) for value in values.listed()])
        listed = select(column(GROUP), alias(items, _ITEMS)).from_("rows", copy=False)
        # By itself, as functions of ours cannot be spoken of where rows are multiplied. The outer one keeps rows that
        # have no items, so that Spark does not make each list once before to look for some.
        query = select(column(GROUP), alias(call("explode_outer", column(_ITEMS)), _ITEM)).from_("lists", copy=False)
        return query.with_("rows", as_=read_once, copy=False).with_("lists", as_=listed, copy=False)

    @abstractmethod
    def _listed(self, dialect: Dialect, values: ValuesRead) -> Iterator[exp.Expression]:
        """The items of a row, made of columns of the `values` that are read of it."""


class Counts(Items):
    """Numbers of rows: each place that a row may count at, of all statistics, has a number, which is the item."""

    kinds = ("rows", "true", "unmatched", "bins", "categories")

    def render(self, dialect: Dialect, rows: Rows) -> exp.Select:
        query = select(column(GROUP), column(_ITEM), exp.Count(this=exp.Star())).from_("items", copy=False)
        query = query.where(not_null(column(_ITEM)), copy=False).group_by(column(GROUP), column(_ITEM), copy=False)
        return query.with_("items", as_=self._items(dialect, rows), copy=False)

    def figures(self, answer: Iterable[tuple[Any, ...]]) -> Figures:
        counted: dict[Any, dict[int, int]] = defaultdict(dict)
        for group, place, count in answer:
            counted[group][place] = count
        return {
            group: {item: _count(item, [counts.get(at, 0) for at in places]) for item, places in self._places()}
            for group, counts in counted.items()
        }

    def _places(self) -> Iterator[tuple[Statistic, range]]:
        start = 0
        for item in self.statistics:
            width = 1 + len(item.edges) + len(item.values)
            yield item, range(start, start + width)
            start += width

    def _listed(self, dialect: Dialect, values: ValuesRead) -> Iterator[exp.Expression]:
        for item, places in self._places():
            first, last = number(places[0]), number(places[-1])
            if item.kind == "rows":
                yield first
                continue
            value = values.column(read(dialect, item, self.types))
            match item.kind:
                case "true":
                    yield case(value, first)
                case "unmatched":
                    yield case(negated(value), first)
                case "bins":
                    limits: Iterable[exp.Expression] = map(double, item.edges)
                    yield _placed(value, exp.LTE, limits, places, last)
                case "categories":
                    yield _placed(value, exp.EQ, map(text, item.values), places, last)


def _placed(
    value: exp.Expression,
    comparison: type[exp.Binary],
    limits: Iterable[exp.Expression],
    places: range,
    last: exp.Expression,
) -> exp.Expression:
    """The place of the first limit that a value compares so to, else the last; none of a null."""
    branches = [
        exp.If(this=comparison(this=value.copy(), expression=limit), true=number(place))
        for limit, place in zip(limits, places, strict=False)
    ]
    return exp.Case(ifs=[exp.If(this=is_null(value), true=exp.Null()), *branches], default=last)


def _count(item: Statistic, counts: list[int]) -> Value:
    return tuple(counts) if item.kind in ("bins", "categories") else counts[0]


class Moments(Items):
    """Figures of numbers: an item is a statistic's number and the value of the row, if it has one."""

    kinds = ("least", "greatest", "mean", "variance")

    def render(self, dialect: Dialect, rows: Rows) -> exp.Select:
        kinds = [item.kind for item in self._in_order()]
        value = column(_VALUE)
        aggregates: dict[Kind, exp.Expression] = {
            "least": exp.Min(this=value), "greatest": exp.Max(this=value), "mean": exp.Avg(this=value),
            "variance": exp.VariancePop(this=value),
        }  # fmt: skip
        figures = [
            # Of those alone that it is asked of: the sum or the squares of others may be out of range.
            only_where(aggregate, _numbered(kinds.index(kind), kinds.count(kind))) if kind in kinds else exp.Null()
            for kind, aggregate in aggregates.items()
        ]
        parts = [alias(dialect.field(column(_ITEM), name), name) for name in (_NUMBER, _VALUE)]
        values = select(column(GROUP), *parts).from_("items", copy=False)
        query = select(column(GROUP), column(_NUMBER), *figures).from_("numbers", copy=False)
        query = query.group_by(column(GROUP), column(_NUMBER), copy=False)
        return query.with_("items", as_=self._items(dialect, rows), copy=False).with_("numbers", as_=values, copy=False)

    def figures(self, answer: Iterable[tuple[Any, ...]]) -> Figures:
        found: dict[Any, dict[Statistic, Value]] = defaultdict(dict)
        items = self._in_order()
        for group, place, *figures in answer:
            item = items[place]
            figure = figures[self.kinds.index(item.kind)]
            found[group][item] = None if figure is None else float(figure)
        return found

    def _in_order(self) -> list[Statistic]:
        return sorted(self.statistics, key=lambda item: self.kinds.index(item.kind))

    def _listed(self, dialect: Dialect, values: ValuesRead) -> Iterator[exp.Expression]:
        for place, item in enumerate(self._in_order()):
            value = values.column(read(dialect, item, self.types))
            yield _struct({_NUMBER: number(place), _VALUE: drawn(value, item.edges)})


class Repeats(Items):
    """Rows whose key another one has, beyond the first: an item is a statistic's number and the key, in columns that
    keys of all statistics share where they are of one type; rows are counted by key, then keys by statistic."""

    kinds = ("repeated",)

    def render(self, dialect: Dialect, rows: Rows) -> exp.Select:
        names = [_NUMBER, *self._columns()]
        parts = [alias(dialect.field(column(_ITEM), name), name) for name in names]
        keys = select(column(GROUP), *parts).from_("items", copy=False)
        by_key = select(
            column(GROUP), column(_NUMBER), alias(minus(exp.Count(this=exp.Star()), number(1)), "beyond")
        ).from_("keys", copy=False)
        by_key = by_key.group_by(column(GROUP), *map(column, names), copy=False)
        query = select(column(GROUP), column(_NUMBER), exp.Sum(this=column("beyond"))).from_("by_key", copy=False)
        query = query.group_by(column(GROUP), column(_NUMBER), copy=False)
        for name, step in {"items": self._items(dialect, rows), "keys": keys, "by_key": by_key}.items():
            query = query.with_(name, as_=step, copy=False)
        return query

    def figures(self, answer: Iterable[tuple[Any, ...]]) -> Figures:
        found: dict[Any, dict[Statistic, Value]] = defaultdict(dict)
        for group, place, beyond in answer:
            if place is not None:
                found[group][self.statistics[place]] = int(beyond)
        return found

    def _columns(self) -> dict[str, DataType]:
        """The columns that keys of any statistic take, with their types."""
        return {name: kind for item in self.statistics for name, (kind, _) in self._key(item).items()}

    def _key(self, item: Statistic) -> dict[str, tuple[DataType, str]]:
        """The columns that the parts of a statistic's key are in, with their types and what they are."""
        key: dict[str, tuple[DataType, str]] = {}
        for name in item.columns:
            part = render_name(name)
            kind = parse_expression(part, self.types).type
            place = sum(kind == other for other, _ in key.values())
            key[f"{kind}_{place}"] = kind, part
        return key

    def _listed(self, dialect: Dialect, values: ValuesRead) -> Iterator[exp.Expression]:
        columns = self._columns()
        for place, item in enumerate(self.statistics):
            key = {name: values.column(dialect.expression(of, self.types)) for name, (_, of) in self._key(item).items()}
            whole = all_of(not_null(part.copy()) for part in key.values())
            parts = {name: key.get(name, null_of(kind)) for name, kind in columns.items()}
            yield _struct({_NUMBER: case(whole, number(place)), **parts})


def _numbered(start: int, count: int) -> exp.Expression:
    return all_of(between(column(_NUMBER), start, start + count))


def _struct(parts: Mapping[str, exp.Expression]) -> exp.Struct:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=part) for name, part in parts.items()
        ]
    )


def items_of(statistics: Sequence[Statistic], types: Mapping[str, DataType]) -> list[Measurement]:
    """The statistics in a statement for each way in which some of them are added up."""
    by_kind = [
        (way, tuple(item for item in statistics if item.kind in way.kinds)) for way in (Counts, Moments, Repeats)
    ]
    return [way(items, types) for way, items in by_kind if items]


def _spelt_out(node: exp.Expression) -> exp.Expression:
    """A column as a finite number without the function that says so, as the body of one is parsed anew at each call."""
    if isinstance(node, exp.Anonymous) and node.name == "finite" and isinstance(node.expressions[0], exp.Column):
        value = node.expressions[0]
        is_finite = exp.LT(this=call("abs", value.copy()), expression=call("double", text("Infinity")))
        return case(is_finite, value)
    return node
