"""A note on windows that look-ups cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import EXACT
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def exact_window_offline_only(loaded: LoadedRepository) -> Iterator[Finding]:
    """With `every: exact` a window slides with every instant, so a published row would be wrong a moment later:
    training frames have such columns, look-ups do not."""
    hint = "give the view a hop such as every: 1h if look-ups need it too"
    for view in loaded.repository.feature_views.values():
        if view.every != EXACT:
            continue
        for position, feature in enumerate(view.features):
            if feature.windows:
                message = (
                    f"windows of {feature.name!r} are offline only: with every: exact they slide with every instant, "
                    "and online rows are as of a boundary"
                )
                yield Finding(
                    "feature_view", view.name, ("features", position, "windows"), message, hint, severity="warning"
                )
