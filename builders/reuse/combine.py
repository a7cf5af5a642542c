"""Expressions over values: written as text with names for the parts, put together as trees."""

from __future__ import annotations

from dataclasses import replace

from definitions.expressions import parse_expression
from definitions.terms import Term


def combine(text: str, **parts: Term) -> Term:
    """The expression `text` with each of its names replaced by a part."""
    read = parse_expression(text, {name: part.type for name, part in parts.items()}).term
    return _replace(read, parts)


def _replace(term: Term, parts: dict[str, Term]) -> Term:
    if term.operator == "column":
        return parts[str(term.value)]
    return replace(term, arguments=tuple(_replace(argument, parts) for argument in term.arguments))
