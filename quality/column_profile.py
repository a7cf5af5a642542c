"""What has to be known of a column, day by day or boundary by boundary, to tell whether it is stable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from definitions.expressions import parse_condition, parse_expression
from definitions.statistic import Profile, Statistic
from definitions.terms import render_name
from definitions.types import DataType
from quality.summary import Summary

if TYPE_CHECKING:
    from quality.reference import Reference

_ROWS = Statistic("rows")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column and the expression `of` that it is looked at through: numbers as they are, texts and booleans as
    categories, the timestamp of rows as hours of the day. Of a column of another type, and of one that tells about a
    person, there is no such expression: only its rows and nulls are counted."""

    column: str
    nulls: Statistic
    of: str | None
    is_number: bool

    def statistics(self, reference: Reference | None) -> tuple[Statistic, ...]:
        """What is to be measured of each group of rows."""
        counted = self._counts(reference)
        mean = self._mean(reference)
        return (_ROWS, self.nulls, *(each for each in (counted, mean) if each is not None))

    def summary(self, profile: Profile, reference: Reference | None) -> Summary:
        """What a group of rows is like."""
        counted, mean = self._counts(reference), self._mean(reference)
        return Summary(
            rows=_number(profile[_ROWS]),
            nulls=_number(profile[self.nulls]),
            counts=() if counted is None else _counts(profile[counted]),
            mean=None if mean is None else _mean(profile[mean]),
        )

    def _counts(self, reference: Reference | None) -> Statistic | None:
        if reference is None or self.of is None:
            return None
        if self.is_number:
            return Statistic("bins", self.of, edges=reference.edges)
        return Statistic("categories", self.of, values=reference.values)

    def _mean(self, reference: Reference | None) -> Statistic | None:
        if reference is None or self.of is None or not self.is_number:
            return None
        return Statistic("mean", self.of, edges=reference.edges)


def column_profile(
    column: str, types: Mapping[str, DataType], timestamp: str | None = None, personal: bool = False
) -> ColumnProfile:
    """How a column is looked at, of those of a relation that has these types and this timestamp; no value of one that
    is `personal` is kept, neither as an edge nor as a category."""
    kind, name = types[column], render_name(column)
    nulls = Statistic("true", parse_condition(f"{name} is null", types).canonical)
    text = None
    if personal:
        pass
    elif column == timestamp:
        text = f"cast(hour({name}) as string)"
    elif kind.is_numeric or kind.name == "string":
        text = name
    elif kind.name == "boolean":
        text = f"cast({name} as string)"
    of = None if text is None else parse_expression(text, types).canonical
    return ColumnProfile(column, nulls, of, kind.is_numeric)


def reference_of(profile: ColumnProfile, values: Sequence[Any], timestamp: str | None = None) -> Reference | None:
    """What a column is held against, by a sample of what it is looked at through; None of one that has no values."""
    from quality.reference import reference_of_hours, reference_of_numbers, reference_of_texts

    known = [value for value in values if value is not None]
    if profile.of is None or not known:
        return None
    if profile.is_number:
        return reference_of_numbers([float(value) for value in known])
    if profile.column == timestamp:
        return reference_of_hours(known)
    return reference_of_texts(known)


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


def _counts(value: object) -> tuple[int, ...]:
    assert isinstance(value, tuple)
    return value


def _mean(value: object) -> float | None:
    assert value is None or isinstance(value, float)
    return value
