"""Features that aggregate nothing."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def missing_expression(loaded: LoadedRepository) -> Iterator[Finding]:
    """Every aggregation but `count` says with `of` what it aggregates."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            if feature.of is None and feature.agg != "count":
                message = f"{feature.agg!r} needs 'of', the column or expression to aggregate"
                yield Finding("feature_view", view.name, ("features", position), message, "only count goes without")
