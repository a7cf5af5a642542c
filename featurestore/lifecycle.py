"""What lifecycles mean for whoever fetches: a word about what is deprecated, a refusal of what is retired."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Final

from definitions.errors import RequestError
from featurestore.clock import format_instant
from featurestore.serving_record import ServedLifecycle, service_key, view_key

Watched = tuple[tuple[str, ServedLifecycle], ...]
"""The services and views of a request that are deprecated or retired, each in words (`feature view 'orders'`)."""

_SAID: Final[set[str]] = set()
"""What this process was told already; each is said once in a process, however many stores it opens."""


class DeprecatedFeatureWarning(FutureWarning):
    """Something that was fetched is deprecated."""


def watch(service: str | None, views: Iterable[str], standing: Mapping[str, ServedLifecycle]) -> Watched:
    """What of a request is deprecated or retired. `views` may pin versions; what holds for a view holds for these."""
    found = {}
    if service is not None and service_key(service) in standing:
        found[f"feature service {service!r}"] = standing[service_key(service)]
    for view in views:
        for name in (view, view.partition("@")[0]):
            if view_key(name) in standing:
                found[f"feature view {name!r}"] = standing[view_key(name)]
                break
    return tuple(found.items())


def meet_lifecycles(watched: Watched, now: int) -> None:
    """Say what is deprecated, once in a process, naming its last day and what to use instead.

    Raises:
        RequestError: something is retired, or `now` (UTC microseconds) is within a brown-out that was announced.
    """
    for what, lifecycle in watched:
        instead = f"; use {lifecycle.successor} instead" if lifecycle.successor else ""
        if lifecycle.state == "retired":
            raise RequestError(f"{what} is retired{instead}")
        end = f"until {lifecycle.until}" if lifecycle.until else "for a while yet"
        for start, stop in lifecycle.brownouts:
            if start <= now < stop:
                raise RequestError(
                    f"{what} is switched off up to {format_instant(stop)}, as announced: it is deprecated and there "
                    f"{end}{instead}"
                )
        _say_once(f"{what} is deprecated and there {end}{instead}{_announced(lifecycle, now)}")


def _announced(lifecycle: ServedLifecycle, now: int) -> str:
    coming = [span for span in lifecycle.brownouts if span[0] > now]
    if not coming:
        return ""
    start, stop = min(coming)
    return f"; it will be switched off from {format_instant(start)} to {format_instant(stop)}"


def _say_once(text: str) -> None:
    said = text.partition("; it will")[0]
    if said not in _SAID:
        _SAID.add(said)
        warnings.warn(text, DeprecatedFeatureWarning, stacklevel=5)
