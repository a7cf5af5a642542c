"""Our checks of rows as Great Expectations has them, with the same meaning of nulls: those are passed over."""

from __future__ import annotations

from typing import Any

from definitions.expectation import Check, GreatExpectation, InSet, Matches, NotNull, Range, Unique


def as_great_expectation(check: Check, column: str | None) -> GreatExpectation | None:
    """The same, of one sample of rows; None of a check that is about more than rows, or an expression."""
    match check:
        case GreatExpectation():
            return check
        case NotNull():
            return _named("expect_column_values_to_not_be_null", check.at_least, column)
        case Range(min=low, max=high):
            return _named("expect_column_values_to_be_between", check.at_least, column, min_value=low, max_value=high)
        case InSet(values=values):
            return _named("expect_column_values_to_be_in_set", check.at_least, column, value_set=list(values))
        case Matches(pattern=pattern):
            # Ours is about the whole text.
            return _named("expect_column_values_to_match_regex", check.at_least, column, regex=f"^(?:{pattern})$")
        case Unique(columns=(only,)):
            return _named("expect_column_values_to_be_unique", 1.0, only)
        case Unique(columns=columns):
            ignored = "any_value_is_missing"
            name = "expect_compound_columns_to_be_unique"
            return _named(name, 1.0, None, column_list=list(columns), ignore_row_if=ignored)
        case _:
            return None


def _named(expectation: str, at_least: float, column: str | None, **arguments: Any) -> GreatExpectation:
    return GreatExpectation(
        check="great_expectations", expectation=expectation, column=column, at_least=at_least, arguments=arguments
    )
