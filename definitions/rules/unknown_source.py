"""Views that name a source nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding
from definitions.suggest import suggest


def unknown_source(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature view's source must be defined."""
    sources = loaded.repository.sources
    for view in loaded.repository.feature_views.values():
        if view.source not in sources and not loaded.is_broken("source", view.source):
            message = f"there is no source {view.source!r}"
            yield Finding("feature_view", view.name, ("source",), message, suggest(view.source, sources, "sources"))
