"""Which rows break a check, as a condition in the language of expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from definitions.expectation import Check, InSet, NotNull, Range, Relation
from definitions.expressions import parse_condition
from definitions.terms import Term, render, render_name
from definitions.types import BIGINT, BOOLEAN, DATE, DOUBLE, STRING, TIMESTAMP, DataType


def condition_of_broken(check: Check, column: str | None, types: Mapping[str, DataType]) -> str | None:
    """A canonical condition that is true of the rows that break a check of single rows; None if no condition says so.

    Raises:
        ExpressionError: it cannot be said of these columns; a loaded repository has none such.
    """
    match check:
        case NotNull():
            text = f"{_named(column)} is null"
        case Range():
            bounds = [f"{_named(column)} < {literal(check.min, types[column or ''])}"] if check.min is not None else []
            if check.max is not None:
                bounds.append(f"{_named(column)} > {literal(check.max, types[column or ''])}")
            text = " or ".join(bounds)
        case InSet():
            listed = ", ".join(literal(value, types[column or ""]) for value in check.values)
            text = f"{_named(column)} not in ({listed})"
        case Relation():
            text = f"not ({check.that})"
        case _:
            return None
    return parse_condition(text, types).canonical


def literal(value: object, kind: DataType) -> str:
    """A value of a check beside a column of this type, as an expression spells it."""
    match value:
        case bool():
            return render(Term("literal", BOOLEAN, value=value))
        case int():
            return render(Term("literal", BIGINT, value=value)) if abs(value) >= 2**31 else str(value)
        case float() if kind.is_decimal:
            return render(Term("literal", kind, value=Decimal(repr(value))))
        case float():
            return render(Term("literal", DOUBLE, value=value))
        case datetime():
            return render(Term("literal", TIMESTAMP, value=value))
        case date():
            return render(Term("literal", DATE, value=value))
        case str() if kind.name == "date":
            return render(Term("literal", DATE, value=date.fromisoformat(value)))
        case str() if kind.name == "timestamp":
            return render(Term("literal", TIMESTAMP, value=datetime.fromisoformat(value)))
        case _:
            return render(Term("literal", STRING, value=str(value)))


def any_is_null(columns: Sequence[str], types: Mapping[str, DataType]) -> str:
    """A canonical condition that is true of the rows that have no value in one of the columns."""
    return parse_condition(" or ".join(f"{_named(name)} is null" for name in columns), types).canonical


def _named(column: str | None) -> str:
    assert column is not None
    return render_name(column)
