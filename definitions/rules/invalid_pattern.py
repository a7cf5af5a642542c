"""Patterns that cannot be read, or that engines would read differently."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expectation import Matches
from definitions.loaded import LoadedRepository
from definitions.pattern_error import PatternError
from definitions.patterns import read_pattern
from definitions.rules.expected import of_features, of_sources
from definitions.rules.rule import Finding


def invalid_pattern(loaded: LoadedRepository) -> Iterator[Finding]:
    """A pattern is a regular expression of what RE2 and Java understand alike, for the whole text."""
    for expected in (*of_sources(loaded), *of_features(loaded)):
        check = expected.expectation
        if not isinstance(check, Matches):
            continue
        try:
            read_pattern(check.pattern)
        except PatternError as error:
            yield expected.find(("pattern",), error.message, error.suggestion, error.offset)
