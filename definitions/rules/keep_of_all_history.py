"""Tiles that are dropped while a feature is over all of them."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def keep_of_all_history(loaded: LoadedRepository) -> Iterator[Finding]:
    """A view with `keep` has windows only: a feature over all history needs tiles of all time."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features if view.keep is not None else ()):
            if not feature.windows:
                message = f"{feature.name!r} is over all history, which {view.keep} of tiles do not hold"
                hint = "give it windows, leave keep out, or put it into a view of its own"
                yield Finding("feature_view", view.name, ("features", position), message, hint)
