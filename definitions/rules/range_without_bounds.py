"""Ranges that hold everything, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from definitions.comparable import read_value
from definitions.expectation import Range
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_columns, of_features, of_sources
from definitions.rules.rule import Finding
from definitions.types import DataType


def range_without_bounds(loaded: LoadedRepository) -> Iterator[Finding]:
    """A range has a `min`, a `max` or both, the greater one last."""
    for expected in (*of_sources(loaded), *of_features(loaded)):
        check = expected.expectation
        if isinstance(check, Range) and check.min is None and check.max is None:
            yield expected.find((), "a range without bounds holds everything", "add min:, max: or both")
    for expected, of_column, _, found in of_columns(loaded):
        if isinstance(of_column, Range) and _is_empty(of_column, found):
            message = f"nothing lies between {of_column.min} and {of_column.max}"
            yield expected.find(("min",), message, "min is the lesser one")


def _is_empty(check: Range, of: DataType) -> bool:
    if check.min is None or check.max is None:
        return False
    try:
        least: Any = read_value(check.min, of)
        most: Any = read_value(check.max, of)
    except ValueError:
        # Another rule says so.
        return False
    return bool(least > most)
