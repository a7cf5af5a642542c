"""Telling look-ups what is deprecated or retired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from definitions.model import Lifecycle
from featurestore.clock import parse_instant
from featurestore.context import Context
from featurestore.resolve import Applied
from featurestore.serving_record import LIFECYCLES, ServedLifecycle, encode_lifecycles, service_key, view_key

_MINUTE = 60_000_000


def serve_lifecycles(context: Context) -> None:
    """Bring the record of what is deprecated or retired in line with the definitions and with the versions kept."""
    serving = context.registry.serving
    with context.registry.changing_definitions():
        found = dict(sorted(_lifecycles(context.everything())))
        if found or serving.load(LIFECYCLES) is not None:
            serving.store(LIFECYCLES, encode_lifecycles(found), context.clock.now())


def _lifecycles(applied: Applied) -> Iterator[tuple[str, ServedLifecycle]]:
    repository = applied.repository
    for version in applied.kept:
        if version.retired_at is not None:
            yield view_key(version.online_name), ServedLifecycle("retired", None, version.view, ())
    for name, view in repository.feature_views.items():
        if view.lifecycle.state in ("deprecated", "retired"):
            yield view_key(name), _served(view.lifecycle)
    for name, service in repository.feature_services.items():
        if service.lifecycle.state in ("deprecated", "retired"):
            yield service_key(name), _served(service.lifecycle)


def _served(lifecycle: Lifecycle) -> ServedLifecycle:
    spans = [(parse_instant(_in_utc(item.at)), item.minutes * _MINUTE) for item in lifecycle.brownouts]
    return ServedLifecycle(
        state=lifecycle.state,
        until=None if lifecycle.until is None else lifecycle.until.isoformat(),
        successor=lifecycle.successor,
        brownouts=tuple((start, start + length) for start, length in sorted(spans)),
    )


def _in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
