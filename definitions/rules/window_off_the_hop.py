"""Windows that end between two boundaries."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import MICROSECONDS, Duration
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding
from definitions.rules.uneven_hop import keeps_to_days


def window_off_the_hop(loaded: LoadedRepository) -> Iterator[Finding]:
    """A window is a positive multiple of the view's hop."""
    for view in loaded.repository.feature_views.values():
        # A hop that is wrong itself is another rule's business.
        hop = view.every if isinstance(view.every, Duration) and keeps_to_days(view.every) else None
        for position, feature in enumerate(view.features):
            for place, window in enumerate(feature.windows):
                path = ("features", position, "windows", place)
                if window.microseconds <= 0:
                    message = f"a window of {window} holds nothing"
                    yield Finding("feature_view", view.name, path, message, "make it longer")
                elif hop is not None and window.microseconds % hop.microseconds:
                    message = f"the window {window} is no multiple of the hop {hop}"
                    hint = f"use {_nearest(window, hop)}, or a finer every"
                    yield Finding("feature_view", view.name, path, message, hint)


def _nearest(window: Duration, hop: Duration) -> str:
    """The nearest multiple of the hop, in the largest unit that spells it."""
    span = max(round(window.microseconds / hop.microseconds), 1) * hop.microseconds
    unit = next(unit for unit in "dhms" if span % MICROSECONDS[unit] == 0)
    return f"{span // MICROSECONDS[unit]}{unit}"
