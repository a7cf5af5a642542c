"""Views and unions that name a source nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import Kind, LoadedRepository
from definitions.rules.rule import Finding, Path, unions_with_members
from definitions.suggest import suggest


def unknown_source(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature view's source, the sources that it joins and the members of a union must be defined."""
    sources = loaded.repository.sources
    for kind, definition, path, name in _named_sources(loaded):
        if name not in sources and not loaded.is_broken("source", name):
            message = f"there is no source {name!r}"
            yield Finding(kind, definition, path, message, suggest(name, sources, "sources"))


def _named_sources(loaded: LoadedRepository) -> Iterator[tuple[Kind, str, Path, str]]:
    for view in loaded.repository.feature_views.values():
        yield "feature_view", view.name, ("source",), view.source
        for position, join in enumerate(view.join):
            yield "feature_view", view.name, ("join", position, "source"), join.source
    for source, place, name, _ in unions_with_members(loaded):
        yield "source", source.name, ("union", place), name
