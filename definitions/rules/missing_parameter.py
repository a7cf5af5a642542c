"""Aggregations that do not say how many, or which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding

_NEEDED: Final = {
    "last_n": ("n", "how many values it lists, such as n: 5"),
    "most_frequent": ("n", "how many values it lists, such as n: 3"),
    "quantile": ("quantile", "which one, such as quantile: 0.95"),
}


def missing_parameter(loaded: LoadedRepository) -> Iterator[Finding]:
    """`last_n` and `most_frequent` say how many with `n`, `quantile` which one with `quantile`, `by` how many
    categories with `top`."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            path = ("features", position)
            name, hint = _NEEDED.get(feature.agg, (None, ""))
            if name is not None and getattr(feature, name) is None:
                yield Finding("feature_view", view.name, path, f"{feature.agg!r} needs {name!r}", f"say {hint}")
            if feature.by is not None and feature.top is None:
                yield Finding(
                    "feature_view", view.name, path, "'by' needs 'top'", "say how many categories, such as top: 10"
                )
