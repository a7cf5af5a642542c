"""Services that name a view nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding
from definitions.suggest import suggest


def unknown_view(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature service's views must be defined."""
    views = loaded.repository.feature_views
    for service in loaded.repository.feature_services.values():
        for position, entry in enumerate(service.features):
            if entry.view not in views and not loaded.is_broken("feature_view", entry.view):
                message = f"there is no feature view {entry.view!r}"
                hint = suggest(entry.view, views, "feature views")
                yield Finding("feature_service", service.name, ("features", position, "view"), message, hint)
