"""Expressions over values: written as text with names for the parts, put together as trees."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from definitions.expressions import parse_expression
from definitions.terms import Term
from definitions.types import DataType

_MOST_DIGITS: Final = 22
_MOST_DIGITS_OF_A_SUM: Final = 32


def combine(text: str, **parts: Term) -> Term:
    """The expression `text` with each of its names replaced by a part."""
    read = parse_expression(text, {name: part.type for name, part in parts.items()}).term
    return _replace(read, parts)


def addable(total: Term, of: DataType) -> Term | None:
    """A sum of values of type `of`, so that it can be added to some others; None if they might not fit.

    Sums of decimals have 38 digits, and each one that is added could need one more. Values of up to 22 digits leave a
    sum of 32 room for ten thousand million rows.
    """
    if not of.is_decimal:
        return total
    if (of.precision or 0) > _MOST_DIGITS:
        return None
    return combine(f"cast(total as {DataType('decimal', _MOST_DIGITS_OF_A_SUM, total.type.scale)})", total=total)


def _replace(term: Term, parts: dict[str, Term]) -> Term:
    if term.operator == "column":
        return parts[str(term.value)]
    return replace(term, arguments=tuple(_replace(argument, parts) for argument in term.arguments))
