"""A warning about service levels that cannot hold."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.durations import Duration
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_source


def service_level_below_the_hop(loaded: LoadedRepository) -> Iterator[Finding]:
    """A watermark is a boundary, so just before the next one it is a hop and the delay old: what a view promises must
    not be less."""
    for view, source in views_with_source(loaded):
        if view.sla is None or source.timestamp is None or not isinstance(view.every, Duration):
            continue
        promised = view.sla.fresh_within
        if promised.microseconds < view.every.microseconds + view.delay.microseconds:
            message = f"{promised} cannot hold: with every: {view.every} and delay: {view.delay} values get older"
            hint = "promise more than the two together, or shorten every"
            yield Finding("feature_view", view.name, ("sla", "fresh_within"), message, hint, severity="warning")
