"""Exact views that ask for more than the latest value."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import EXACT
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def exact_beyond_last(loaded: LoadedRepository) -> Iterator[Finding]:
    """With `every: exact` a feature is a `last` over all history; the rest needs a hop for now."""
    hint = "give the view a hop such as every: 1h, or move the feature to a view that has one"
    for view in loaded.repository.feature_views.values():
        if view.every != EXACT:
            continue
        for position, feature in enumerate(view.features):
            if feature.agg != "last":
                message = f"{feature.agg!r} is not supported with every: exact yet, only last is"
                yield Finding("feature_view", view.name, ("features", position, "agg"), message, hint)
            if feature.windows:
                message = "windows are not supported with every: exact yet"
                yield Finding("feature_view", view.name, ("features", position, "windows"), message, hint)
