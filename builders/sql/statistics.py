"""Statistics as SQL: what they are of, and what the ways to add them up have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlglot import exp

from builders.sql.ast import alias, case, cast, column, not_null, number
from builders.sql.dialect import Dialect
from definitions.statistic import Statistic, Value
from definitions.types import DOUBLE, DataType

GROUP: Final = "__group"
"""The column that rows are grouped by."""

Rows = Callable[[Sequence[exp.Expression]], exp.Select]
"""The rows that are measured: a query of their groups and of these columns."""

Figures = Mapping[Any, Mapping[Statistic, Value]]
"""What came of statistics, by group; one that no row of a group adds to may be left out."""
_NUMERIC: Final = ("least", "greatest", "mean", "variance", "bins")


@dataclass(frozen=True)
class Measurement(ABC):
    """Statistics that are added up alike, over rows whose columns have these types."""

    statistics: tuple[Statistic, ...]
    types: Mapping[str, DataType]

    @abstractmethod
    def render(self, dialect: Dialect, rows: Rows) -> exp.Select:
        """What is added up, by group."""

    @abstractmethod
    def figures(self, answer: Iterable[tuple[Any, ...]]) -> Figures:
        """What the rows of the answer come to."""


class ValuesRead:
    """What is read of a row, each value once, into a column of its own."""

    def __init__(self) -> None:
        self._names: dict[exp.Expression, str] = {}

    def column(self, value: exp.Expression) -> exp.Expression:
        """The column that a value is read into."""
        return column(self._names.setdefault(value, f"value_{len(self._names)}"))

    def listed(self) -> list[exp.Expression]:
        """All values that columns were asked for, under their names."""
        return [alias(value, name) for value, name in self._names.items()]


def read(dialect: Dialect, item: Statistic, types: Mapping[str, DataType]) -> exp.Expression:
    """What a statistic is of."""
    value = dialect.expression(item.of, types)
    if item.kind == "unmatched":
        return dialect.is_whole_match(value, item.pattern)
    return cast(value, DOUBLE) if item.kind in _NUMERIC else value


def drawn(value: exp.Expression, edges: tuple[float, ...]) -> exp.Expression:
    """A number no further out than the outermost edges, so that a mean is not that of one number far away."""
    if not edges:
        return value
    inner = exp.Greatest(this=value, expressions=[double(edges[0])])
    # The greatest and the least of a null and a number are the number; a null counts in no mean.
    drawn = exp.Least(this=inner, expressions=[double(edges[-1])])
    return case(not_null(value.copy()), drawn)


def double(value: float) -> exp.Expression:
    """A number as a double, which a decimal literal is not where there are many digits."""
    return cast(number(value), DOUBLE)
