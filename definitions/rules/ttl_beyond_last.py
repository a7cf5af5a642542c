"""A ttl where there is no row to be too old."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def ttl_beyond_last(loaded: LoadedRepository) -> Iterator[Finding]:
    """`ttl` bounds the age of the row of a `last`, and exceeds the view's `delay`; other aggregations are bounded by
    windows."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            path = ("features", position, "ttl")
            if feature.ttl is None:
                continue
            if feature.agg != "last":
                message = f"'ttl' is for last, not for {feature.agg}"
                yield Finding("feature_view", view.name, path, message, "bound it with windows")
            elif feature.ttl.microseconds <= view.delay.microseconds:
                message = f"a ttl of {feature.ttl} lets nothing live: a row is seen after a delay of {view.delay}"
                yield Finding("feature_view", view.name, path, message, f"lengthen it beyond {view.delay}")
