"""Views as the registry holds them: every version over every version of what it is computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from definitions.model import Entity, FeatureView, Source
from definitions.relation import resolve_view
from featurestore.registry.definitions import DefinitionRegistry


@dataclass(frozen=True)
class StoredView:
    """A version of a view with a version of its entity and of each source that it reads.

    They need not have been applied together: the view may read a column that this version of a source has not.
    """

    view: FeatureView
    entity: Entity
    sources: Mapping[str, Source]

    @cached_property
    def source(self) -> Source:
        return resolve_view(self.view, self.sources)


def stored_views(registry: DefinitionRegistry, name: str) -> Iterator[StoredView]:
    """All of a view, newest first."""
    for view in _versions(registry, "feature_view", name):
        assert isinstance(view, FeatureView)
        for sources in _sources(registry, [view.source, *(join.source for join in view.join)]):
            members = [name for source in sources.values() for name in source.union if name not in sources]
            for united in _sources(registry, members):
                for entity in _versions(registry, "entity", view.entity):
                    yield StoredView(view, entity, {**united, **sources})


def _sources(registry: DefinitionRegistry, names: Sequence[str]) -> Iterator[dict[str, Source]]:
    distinct = list(dict.fromkeys(names))
    for chosen in product(*(_versions(registry, "source", name) for name in distinct)):
        yield dict(zip(distinct, chosen, strict=True))


def _versions(registry: DefinitionRegistry, kind: str, name: str) -> Iterator[Any]:
    """Every version of a definition, newest first."""
    for version in reversed(registry.versions(kind, name)):
        yield registry.version(kind, name, version.version)
