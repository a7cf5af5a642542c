"""Features that ask for one window twice."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def duplicate_windows(loaded: LoadedRepository) -> Iterator[Finding]:
    """The windows of a feature are different spans."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            seen: dict[int, str] = {}
            for place, window in enumerate(feature.windows):
                first = seen.setdefault(window.microseconds, window.text)
                if first != window.text or feature.windows.index(window) != place:
                    message = f"the window {window} is there already, as {first}"
                    path = ("features", position, "windows", place)
                    yield Finding("feature_view", view.name, path, message, "remove one of them")
