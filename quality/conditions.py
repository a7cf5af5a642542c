"""Which rows break a check, as a condition in the language of expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from definitions.comparable import spell_value
from definitions.expectation import Check, InSet, NotNull, Range, Relation
from definitions.expressions import parse_condition
from definitions.terms import render_name
from definitions.types import DataType


def condition_of_broken(check: Check, column: str | None, types: Mapping[str, DataType]) -> str | None:
    """A canonical condition that is true of the rows that break a check of single rows; None if no condition says so.

    Raises:
        ExpressionError: it cannot be said of these columns; a loaded repository has none such.
    """
    match check:
        case NotNull():
            text = f"{_named(column)} is null"
        case Range():
            bounds = (("<", check.min), (">", check.max))
            kind = types[column or ""]
            text = " or ".join(
                f"{_named(column)} {sign} {spell_value(bound, kind)}" for sign, bound in bounds if bound is not None
            )
        case InSet():
            listed = ", ".join(spell_value(value, types[column or ""]) for value in check.values)
            text = f"{_named(column)} not in ({listed})"
        case Relation():
            text = f"not ({check.that})"
        case _:
            return None
    return parse_condition(text, types).canonical


def any_is_null(columns: Sequence[str], types: Mapping[str, DataType]) -> str:
    """A canonical condition that is true of the rows that have no value in one of the columns."""
    return parse_condition(" or ".join(f"{_named(name)} is null" for name in columns), types).canonical


def _named(column: str | None) -> str:
    assert column is not None
    return render_name(column)
