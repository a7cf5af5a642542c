"""Expectations of Great Expectations with what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.expectation import Expectation, GreatExpectation
from definitions.loaded import Kind, LoadedRepository
from definitions.model import Source
from definitions.rules.rule import Finding, Path


@dataclass(frozen=True, slots=True)
class NamedExpectation:
    """A `check` at `path` of the definition `name`: of the rows of a `source`, or None of a feature's values."""

    kind: Kind
    name: str
    path: Path
    check: GreatExpectation
    source: Source | None

    def find(self, path: Path, message: str, suggestion: str) -> Finding:
        """Something that is wrong at `path` inside of it."""
        return Finding(self.kind, self.name, (*self.path, *path), message, suggestion)


def named_expectations(loaded: LoadedRepository) -> Iterator[NamedExpectation]:
    """All that sources and features have."""
    for source in loaded.repository.sources.values():
        for place, check in _named(source.expect):
            yield NamedExpectation("source", source.name, ("expect", place), check, source)
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            for place, check in _named(feature.expect):
                path = ("features", position, "expect", place)
                yield NamedExpectation("feature_view", view.name, path, check, None)


def _named(expected: tuple[Expectation, ...]) -> Iterator[tuple[int, GreatExpectation]]:
    for place, check in enumerate(expected):
        if isinstance(check, GreatExpectation):
            yield place, check
