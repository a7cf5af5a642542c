"""Checks that count on time, of a source that has none."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expectation import Freshness, Stable, Volume
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_features, of_sources
from definitions.rules.rule import Finding


def check_without_timestamp(loaded: LoadedRepository) -> Iterator[Finding]:
    """`freshness`, `volume` and `stable` compare days, so the source needs a timestamp."""
    for expected in (*of_sources(loaded), *of_features(loaded)):
        check = expected.expectation
        if isinstance(check, (Freshness, Volume, Stable)) and expected.source.timestamp is None:
            message = f"{check.check!r} has no meaning: the source {expected.source.name!r} has no timestamp"
            yield expected.find(("check",), message, "remove it, or name the column that says when a row was known")
