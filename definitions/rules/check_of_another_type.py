"""Checks of columns whose type they do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expectation import Matches, NotNull, OfColumn, Range
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_columns
from definitions.rules.rule import Finding
from definitions.types import DataType


def check_of_another_type(loaded: LoadedRepository) -> Iterator[Finding]:
    """`matches` is of texts, `range` of what has an order; of lists and maps nothing but `not_null` can be said."""
    for expected, check, what, found in of_columns(loaded):
        hint = _misfit(check, found)
        if hint:
            yield expected.find(("check",), f"{expected.expectation.check!r} does not fit: {what} is {found}", hint)


def _misfit(check: OfColumn, found: DataType) -> str:
    """What to do instead; empty where the check fits."""
    if found.parts:
        return "" if isinstance(check, NotNull) else "use not_null, or expect it of the column they come from"
    if isinstance(check, Matches) and found.name != "string":
        return "use range or in_set"
    if isinstance(check, Range) and found.name == "boolean":
        return "write {check: in_set, values: [true]}"
    return ""
