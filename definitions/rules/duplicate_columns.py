"""Views with two columns of one name."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.model import column_name
from definitions.rules.rule import Finding


def duplicate_columns(loaded: LoadedRepository) -> Iterator[Finding]:
    """The columns of a view (`<feature>_<window>`) have different names, none of them a key's."""
    for view in loaded.repository.feature_views.values():
        entity = loaded.repository.entities.get(view.entity)
        seen = {key: f"the key {key!r} of the entity {view.entity!r}" for key in (entity.keys if entity else ())}
        for position, feature in enumerate(view.features):
            # Equal windows are another rule's business.
            for window in dict.fromkeys(feature.windows) or (None,):
                name = column_name(feature, window)
                mine = f"the feature {feature.name!r}"
                if name in seen:
                    message = f"the column {name!r} is taken already by {seen[name]}"
                    path = ("features", position, "name")
                    yield Finding("feature_view", view.name, path, message, "rename the feature")
                seen.setdefault(name, mine)
