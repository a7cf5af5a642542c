"""`nulls: keep` where nulls say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def nulls_beyond_last(loaded: LoadedRepository) -> Iterator[Finding]:
    """`nulls: keep` is for `first` and `last`: other aggregations are over the values that are there."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            if feature.nulls == "keep" and feature.agg not in ("first", "last"):
                message = f"'nulls: keep' is for first and last, not for {feature.agg}"
                hint = "remove it, or turn nulls into values with coalesce(.., ..)"
                yield Finding("feature_view", view.name, ("features", position, "nulls"), message, hint)
