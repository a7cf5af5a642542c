"""Expectations of a feature that name a column."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expectation import OfColumn
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_features
from definitions.rules.rule import Finding


def feature_expectation_with_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """What is expected of a feature is expected of its own columns, one a window."""
    for expected in of_features(loaded):
        check = expected.expectation
        if isinstance(check, OfColumn) and check.column is not None:
            message = f"what is expected of {expected.thing} is about its own columns, not {check.column!r}"
            hint = "remove column, or expect it of the source"
            yield expected.find(("column",), message, hint)
