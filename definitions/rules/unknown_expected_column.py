"""Expectations of columns that the source does not have."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import own_types
from definitions.expectation import Expectation, OfColumn, Unique
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_sources
from definitions.rules.rule import Finding, Path
from definitions.suggest import suggest


def unknown_expected_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """What is expected of a source is expected of its columns; those of a union are its members'."""
    for expected in of_sources(loaded):
        declared = own_types(expected.source)
        for path, name in _named_columns(expected.expectation):
            if name not in declared:
                yield expected.find(
                    path, f"{expected.thing} has no column {name!r}", suggest(name, declared, "columns")
                )


def _named_columns(expectation: Expectation) -> Iterator[tuple[Path, str]]:
    if isinstance(expectation, Unique):
        yield from ((("columns", place), name) for place, name in enumerate(expectation.columns))
    elif isinstance(expectation, OfColumn) and expectation.column is not None:
        yield ("column",), expectation.column
