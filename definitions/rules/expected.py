"""Expectations with what they are about: the rows of a source, or the values of a feature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.columns import column_types, feature_type, own_types
from definitions.expectation import Expectation, OfColumn
from definitions.expression_error import ExpressionError
from definitions.loaded import Kind, LoadedRepository
from definitions.model import Feature, Source
from definitions.relation import resolve_source
from definitions.rules.rule import Finding, Path, is_whole, source_of
from definitions.types import DataType


@dataclass(frozen=True, slots=True)
class Expected:
    """An `expectation` at `path` of the definition `name`: of the rows of `source`, or of the values of the `feature`
    that is made of these."""

    kind: Kind
    name: str
    path: Path
    expectation: Expectation
    source: Source
    feature: Feature | None = None

    @property
    def thing(self) -> str:
        """What it is about, in words."""
        return f"the source {self.name!r}" if self.feature is None else f"the feature {self.feature.name!r}"

    def find(self, path: Path, message: str, suggestion: str, offset: int | None = None) -> Finding:
        """Something that is wrong at `path` inside of it."""
        return Finding(self.kind, self.name, (*self.path, *path), message, suggestion, offset=offset)


def of_sources(loaded: LoadedRepository) -> Iterator[Expected]:
    """What is expected of the rows of sources; a union has the columns and the timestamp of its members."""
    sources = loaded.repository.sources
    for name, declared in sources.items():
        if not declared.expect or not is_whole(declared, sources):
            continue
        source = resolve_source(name, sources)
        for place, expectation in enumerate(declared.expect):
            yield Expected("source", name, ("expect", place), expectation, source)


def of_features(loaded: LoadedRepository) -> Iterator[Expected]:
    """What is expected of the values of features, of views whose sources could be read."""
    for view in loaded.repository.feature_views.values():
        source = source_of(view, loaded.repository.sources) if any(each.expect for each in view.features) else None
        if source is None:
            continue
        for position, feature in enumerate(view.features):
            for place, expectation in enumerate(feature.expect):
                path = ("features", position, "expect", place)
                yield Expected("feature_view", view.name, path, expectation, source, feature)


def of_columns(loaded: LoadedRepository) -> Iterator[tuple[Expected, OfColumn, str, DataType]]:
    """The checks of one column, with what that is in words, and its type; of what has no column others complain."""
    for expected in (*of_sources(loaded), *of_features(loaded)):
        check = expected.expectation
        if not isinstance(check, OfColumn):
            continue
        if expected.feature is not None:
            try:
                found = feature_type(expected.feature, column_types(expected.source))
            except ExpressionError:
                continue
            yield expected, check, expected.thing, found
        elif check.column is not None and check.column in own_types(expected.source):
            yield expected, check, f"the column {check.column!r}", own_types(expected.source)[check.column]
