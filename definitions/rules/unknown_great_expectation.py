"""Expectations that Great Expectations does not have, or that a sample of rows cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.great_expectations import ROWS_COUNTED, known_expectations
from definitions.loaded import LoadedRepository
from definitions.rules.great_expectations import named_expectations
from definitions.rules.rule import Finding
from definitions.suggest import suggest


def unknown_great_expectation(loaded: LoadedRepository) -> Iterator[Finding]:
    """`expectation` is one that Great Expectations can run on a pandas frame; none that counts rows, as it is given a
    sample of them."""
    for expected in named_expectations(loaded):
        name = expected.check.expectation
        if name.startswith(ROWS_COUNTED):
            message = f"{name!r} would count the rows of a sample"
            yield expected.find(("expectation",), message, "expect volume of the source")
        elif name not in known_expectations():
            message = f"Great Expectations has no {name!r} for a frame of rows"
            yield expected.find(("expectation",), message, suggest(name, known_expectations(), "expectations"))
