"""Tiles that are dropped while windows still see them."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import Duration
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def keep_shorter_than_needed(loaded: LoadedRepository) -> Iterator[Finding]:
    """A view's `keep` is at least a hop longer than its longest window."""
    for view in loaded.repository.feature_views.values():
        hop = view.every.microseconds if isinstance(view.every, Duration) else 0
        longest = max((window for feature in view.features for window in feature.windows), default=None)
        if view.keep is not None and longest is not None and view.keep.microseconds < longest.microseconds + hop:
            message = f"the window {longest} and a hop reach further back than {view.keep}"
            yield Finding("feature_view", view.name, ("keep",), message, "keep more, or shorten the window")
