"""Tiles that are dropped while features still need them."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import Duration
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def keep_shorter_than_needed(loaded: LoadedRepository) -> Iterator[Finding]:
    """`keep` is at least a hop longer than the view's longest window, and not for features without windows: all
    history needs tiles of all time."""
    for view in loaded.repository.feature_views.values():
        if view.keep is None:
            continue
        for position, feature in enumerate(view.features):
            if not feature.windows:
                message = f"{feature.name!r} is over all history, which {view.keep} of tiles do not hold"
                hint = "give it windows, leave keep out, or put it into a view of its own"
                yield Finding("feature_view", view.name, ("features", position), message, hint)
        hop = view.every.microseconds if isinstance(view.every, Duration) else 0
        longest = max((window for feature in view.features for window in feature.windows), default=None)
        if longest is not None and view.keep.microseconds < longest.microseconds + hop:
            message = f"the window {longest} and a hop reach further back than {view.keep}"
            yield Finding("feature_view", view.name, ("keep",), message, "keep more, or shorten the window")
