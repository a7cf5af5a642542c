"""Hops that do not keep to the days."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import DAY, Duration
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def uneven_hop(loaded: LoadedRepository) -> Iterator[Finding]:
    """A hop divides a day or is whole days."""
    for view in loaded.repository.feature_views.values():
        if not isinstance(view.every, Duration):
            continue
        if not keeps_to_days(view.every):
            message = f"a hop of {view.every} neither divides a day nor is whole days"
            yield Finding("feature_view", view.name, ("every",), message, "use 15m, 30m, 1h, 6h, 1d or 7d, for example")


def keeps_to_days(hop: Duration) -> bool:
    """Whether every midnight is a boundary of the hop's grid, or every boundary a midnight."""
    return hop.microseconds > 0 and (DAY % hop.microseconds == 0 or hop.microseconds % DAY == 0)
