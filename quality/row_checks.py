"""Checks of single rows: how many break one is counted, exactly and on every engine, among all other statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from definitions.columns import own_types
from definitions.expectation import Check, InSet, Matches, NotNull, OfColumn, Range, Relation, Unique
from definitions.expressions import parse_condition, parse_expression
from definitions.model import Source
from definitions.patterns import read_pattern
from definitions.statistic import Profile, Statistic
from definitions.terms import render_name
from definitions.types import DataType
from quality.conditions import any_is_null, condition_of_broken

_ROWS = Statistic("rows")


@dataclass(frozen=True, slots=True)
class Breach:
    """So many of the `rows` that a check looked at are `broken`."""

    broken: int
    rows: int


@dataclass(frozen=True, slots=True)
class RowCheck:
    """A check with the statistics that decide it: `broken` counts the rows that are not as it says, `passed_over` those
    that it does not look at (None where it looks at all)."""

    check: Check
    broken: Statistic
    passed_over: Statistic | None

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """What has to be known of a group of rows."""
        return (_ROWS, self.broken, *(() if self.passed_over is None else (self.passed_over,)))

    def judge(self, profile: Profile) -> Breach | None:
        """What is wrong with a group of rows; None if it is as it should be."""
        passed_over = 0 if self.passed_over is None else _count(profile, self.passed_over)
        rows, broken = _count(profile, _ROWS) - passed_over, _count(profile, self.broken)
        allowed = (1 - getattr(self.check, "at_least", 1.0)) * rows
        # A share of rows is rarely a whole number; the last row that it has a part of is not allowed to be broken.
        return Breach(broken, rows) if broken > allowed + 1e-9 * rows else None


def _count(profile: Profile, statistic: Statistic) -> int:
    counted = profile[statistic]
    assert isinstance(counted, int)
    return counted


def row_check(check: Check, column: str | None, types: Mapping[str, DataType]) -> RowCheck | None:
    """A check of single rows of a relation whose columns have these types, about one of them; None for checks of other
    things.

    Raises:
        ExpressionError: it does not fit the columns; a loaded repository has none such.
    """
    match check:
        case NotNull() | Range() | InSet() | Relation():
            condition = condition_of_broken(check, column, types)
            assert condition is not None
            return RowCheck(check, Statistic("true", condition), _passed_over(check, column, types))
        case Matches():
            of = parse_expression(render_name(column or ""), types).canonical
            broken = Statistic("unmatched", of, pattern=read_pattern(check.pattern))
            return RowCheck(check, broken, _passed_over(check, column, types))
        case Unique():
            nulls = Statistic("true", any_is_null(check.columns, types))
            return RowCheck(check, Statistic("repeated", columns=check.columns), nulls)
        case _:
            return None


def _passed_over(check: Check, column: str | None, types: Mapping[str, DataType]) -> Statistic | None:
    if isinstance(check, NotNull):
        return None
    text = f"({check.that}) is null" if isinstance(check, Relation) else f"{render_name(column or '')} is null"
    return Statistic("true", parse_condition(text, types).canonical)


def source_row_checks(source: Source) -> tuple[RowCheck, ...]:
    """Those of what a source expects, in its order."""
    types = own_types(source)
    columns = [(check, check.column if isinstance(check, OfColumn) else None) for check in source.expect]
    found = (row_check(check, column, types) for check, column in columns)
    return tuple(each for each in found if each is not None)
