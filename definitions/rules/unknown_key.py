"""Views whose `keys` maps something that is no key of the entity."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_entity
from definitions.suggest import suggest


def unknown_key(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature view's `keys` has keys of its entity on the left, columns of its source on the right."""
    for view, entity in views_with_entity(loaded):
        for key in view.keys:
            if key not in entity.keys:
                message = f"the entity {entity.name!r} has no key {key!r}"
                yield Finding("feature_view", view.name, ("keys", key), message, suggest(key, entity.keys, "keys"))
