"""What a rule is: it looks at a loaded repository and yields what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from definitions.loaded import Kind, LoadedRepository
from definitions.model import Entity, FeatureService, FeatureView, ServiceEntry, Source
from definitions.relation import JoinedSource, names_read, resolve_view

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the value at `path` of a definition, and what to do about it.

    `offset` is the character of that value where it begins to be wrong.
    """

    kind: Kind
    name: str
    path: Path
    message: str
    suggestion: str = ""
    severity: Literal["error", "warning"] = "error"
    offset: int | None = None


Rule = Callable[[LoadedRepository], Iterator[Finding]]


def views_with_source(loaded: LoadedRepository) -> Iterator[tuple[FeatureView, Source]]:
    """Views with what they read, if their source and all that it needs could be read."""
    for view in loaded.repository.feature_views.values():
        source = source_of(view, loaded.repository.sources)
        if source is not None:
            yield view, source


def source_of(view: FeatureView, sources: Mapping[str, Source]) -> Source | None:
    """What a view reads, if its source and all that it needs could be read."""
    needed = names_read(view, sources)
    readable = needed <= sources.keys() and all(is_whole(sources[name], sources) for name in needed)
    return resolve_view(view, sources) if readable else None


def is_whole(source: Source, sources: Mapping[str, Source]) -> bool:
    """Whether it has columns, or members that have; of others, other rules complain."""
    if not source.union:
        return bool(source.columns)
    return all(name in sources and sources[name].columns for name in source.union)


def views_with_joins(loaded: LoadedRepository) -> Iterator[tuple[FeatureView, Source, Path, JoinedSource]]:
    """Each join of the views above, with its path."""
    for view, source in views_with_source(loaded):
        for position, join in enumerate(source.joins):
            yield view, source, ("join", position), join


def unions_with_members(loaded: LoadedRepository) -> Iterator[tuple[Source, int, str, Source | None]]:
    """Each member of each union, by its place and name; None where there is none of this name."""
    sources = loaded.repository.sources
    for source in sources.values():
        for place, name in enumerate(source.union):
            yield source, place, name, sources.get(name)


def views_with_entity(loaded: LoadedRepository) -> Iterator[tuple[FeatureView, Entity]]:
    """Views whose entity could be read."""
    for view in loaded.repository.feature_views.values():
        entity = loaded.repository.entities.get(view.entity)
        if entity is not None:
            yield view, entity


def entries_with_view(
    loaded: LoadedRepository,
) -> Iterator[tuple[FeatureService, int, ServiceEntry, FeatureView]]:
    """Service entries, with their position, whose view could be read."""
    for service in loaded.repository.feature_services.values():
        for position, entry in enumerate(service.features):
            view = loaded.repository.feature_views.get(entry.view)
            if view is not None:
                yield service, position, entry, view
