"""Bounds and values that no value of their column could be."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.comparable import read_value
from definitions.expectation import InSet, OfColumn, Range
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_columns
from definitions.rules.rule import Finding, Path


def value_of_another_type(loaded: LoadedRepository) -> Iterator[Finding]:
    """Columns are compared with values of their own type: numbers with numbers, dates and timestamps with such."""
    for expected, check, what, found in of_columns(loaded):
        if found.parts or (isinstance(check, Range) and found.name == "boolean"):
            # Another rule says that the check does not fit.
            continue
        for path, value in _values(check):
            try:
                read = read_value(value, found)
            except ValueError as error:
                problem, _, hint = str(error).partition("; ")
                yield expected.find(path, f"{what} is {found}, {problem}", hint)
                continue
            if isinstance(check, InSet) and found.is_integer and isinstance(read, float):
                yield expected.find(path, f"{what} is {found}, and never {value}", "write a whole number")


def _values(check: OfColumn) -> Iterator[tuple[Path, bool | int | float | str]]:
    if isinstance(check, InSet):
        yield from ((("values", place), value) for place, value in enumerate(check.values))
    if isinstance(check, Range):
        yield from (((key,), value) for key in ("min", "max") if (value := getattr(check, key)) is not None)
