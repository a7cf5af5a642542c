"""Values that a check compares a column with: what a number or a text of YAML is beside a column of some type."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from definitions.coercion import common_type, decimal_literal
from definitions.expression_error import ExpressionError
from definitions.positions import resolve_scalar
from definitions.terms import Term, render
from definitions.types import DataType

_GREATEST: Final = 2**63 - 1
_MOST_SHOWN: Final = 40
_SHAPES: Final = {
    "boolean": "true or false", "int": "a whole number", "bigint": "a whole number", "string": "a text, in quotes",
    "date": "a date such as 2013-01-31", "timestamp": "a date or an instant such as 2013-01-31T14:00:00Z",
}  # fmt: skip


def read_value(value: bool | int | float | str, of: DataType) -> bool | int | float | Decimal | str | date:
    """`value` as one of a column of type `of`; values that were read for the same type can be compared.

    A whole number is one of any number's type, and one with a fraction is compared with whole ones as they are.

    Raises:
        ValueError: it is none; the message says so, and what would be one.
    """
    found = _read_text(value, of) if isinstance(value, str) else _read_number(value, of)
    if found is None:
        shown = f"the text {value!r}" if isinstance(value, str) else _spell_number(value)
        raise ValueError(f"{shown} is no {of}; write {_SHAPES.get(of.name, 'a number')}")
    return found


def spell_value(value: bool | int | float | str, of: DataType) -> str:
    """`value` as an expression, to stand beside a column of type `of`.

    Raises:
        ValueError: as `read_value`.
    """
    found = read_value(value, of)
    return render(decimal_literal(found) if isinstance(found, Decimal) else Term("literal", of, value=found))


def _read_number(value: float, of: DataType) -> bool | int | float | Decimal | None:
    if isinstance(value, bool) or not of.is_numeric:
        return value if isinstance(value, bool) and of.name == "boolean" else None
    if of.is_decimal:
        return _read_decimal(Decimal(str(value)), of)
    try:
        as_double = float(value)
    except OverflowError:
        return None
    if of.is_floating or not as_double.is_integer():
        return as_double
    return int(value) if abs(value) <= _GREATEST else None


def _read_decimal(value: Decimal, of: DataType) -> Decimal | None:
    """None where no decimal has the digits of both the value and the column."""
    try:
        common_type([Term("column", of), decimal_literal(value)])
    except ExpressionError:
        return None
    return value


def _read_text(text: str, of: DataType) -> str | date | None:
    if of.name == "string":
        return text
    try:
        found = resolve_scalar(text) if of.is_temporal else None
    except ValueError:
        return None
    if isinstance(found, datetime):
        return found if of.name == "timestamp" else None
    if not isinstance(found, date):
        return None
    return found if of.name == "date" else datetime.combine(found, time(), UTC)


def _spell_number(value: float) -> str:
    text = str(value).lower()
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}.."
