"""Views that name an entity nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding
from definitions.suggest import suggest


def unknown_entity(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature view's entity must be defined."""
    entities = loaded.repository.entities
    for view in loaded.repository.feature_views.values():
        if view.entity not in entities and not loaded.is_broken("entity", view.entity):
            message = f"there is no entity {view.entity!r}"
            hint = suggest(view.entity, entities, "entities")
            yield Finding("feature_view", view.name, ("entity",), message, hint)
