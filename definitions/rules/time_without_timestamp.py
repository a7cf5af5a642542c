"""Views that count on time over a source that has none."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_source


def time_without_timestamp(loaded: LoadedRepository) -> Iterator[Finding]:
    """Over a source without a timestamp features are over all rows: no windows, ttl, every or delay."""
    for view, source in views_with_source(loaded):
        if source.timestamp is not None:
            continue
        hint = f"remove it, or give the source {source.name!r} a timestamp"
        for key in ("every", "delay"):
            if key in view.model_fields_set:
                message = f"{key!r} has no meaning: the source {source.name!r} has no timestamp"
                yield Finding("feature_view", view.name, (key,), message, hint)
        for position, feature in enumerate(view.features):
            for key in ("windows", "ttl"):
                if getattr(feature, key):
                    message = f"{key!r} has no meaning: the source {source.name!r} has no timestamp"
                    yield Finding("feature_view", view.name, ("features", position, key), message, hint)
