"""Telling look-ups what feature services answer, as soon as all of it is online."""

from __future__ import annotations

from featurestore.context import Context
from featurestore.resolve import Applied
from featurestore.serving_record import (
    ServedEntry,
    ServedService,
    decode_service,
    decode_view,
    encode_service,
    service_key,
    view_key,
)


def serve_services(context: Context, applied: Applied) -> None:
    """Bring the look-up records of services in line with what is applied, and remove those of others.

    A service that was served and now names a column that is not online yet goes on as it was until its view is
    published: applying definitions never breaks look-ups that work.
    """
    serving, now = context.registry.serving, context.clock.now()
    wanted = {service_key(name): _served(applied, name) for name in applied.repository.feature_services}
    for name in serving.names():
        if name.startswith("service:") and name not in wanted:
            serving.remove(name)
    for key, service in wanted.items():
        former = serving.load(key)
        if former is None or _is_online(context, service) or not _is_online(context, decode_service(former)):
            serving.store(key, encode_service(service), now)


def _is_online(context: Context, service: ServedService) -> bool:
    for entry in service.entries:
        record = context.registry.serving.load(view_key(entry.view))
        if record is None:
            return False
        held = {column.name for column in decode_view(record).columns}
        if any(column not in held for _, column in entry.columns):
            return False
    return True


def _served(applied: Applied, name: str) -> ServedService:
    entries = []
    for entry in applied.repository.feature_services[name].features:
        view = entry.view if entry.version is None else f"{entry.view}@{entry.version}"
        columns = applied.resolve_entry(entry)
        entries.append(
            ServedEntry(view, columns[0].key_columns, tuple((column.name, column.column.name) for column in columns))
        )
    return ServedService(name, tuple(entries))
