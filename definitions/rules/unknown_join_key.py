"""Service entries whose `join_keys` maps something that is no key of the entity."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, entries_with_view
from definitions.suggest import suggest


def unknown_join_key(loaded: LoadedRepository) -> Iterator[Finding]:
    """An entry's `join_keys` has keys of the view's entity on the left, entity dataframe columns on the right."""
    for service, position, entry, view in entries_with_view(loaded):
        entity = loaded.repository.entities.get(view.entity)
        for key in entry.join_keys if entity is not None else ():
            if entity is not None and key not in entity.keys:
                message = f"the entity {entity.name!r} has no key {key!r}"
                path = ("features", position, "join_keys", key)
                yield Finding("feature_service", service.name, path, message, suggest(key, entity.keys, "keys"))
