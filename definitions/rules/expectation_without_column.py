"""Expectations of a source that do not say of which column."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expectation import GreatExpectation, OfColumn
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_sources
from definitions.rules.rule import Finding


def expectation_without_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A check of values says of which column of the source; only some of Great Expectations are about whole tables."""
    for expected in of_sources(loaded):
        check = expected.expectation
        if isinstance(check, OfColumn) and not isinstance(check, GreatExpectation) and check.column is None:
            message = f"{check.check!r} of {expected.thing} does not say of which column"
            yield expected.find((), message, "add column:")
