"""Telling look-ups what feature services answer, as soon as all of it is online."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.errors import RequestError
from definitions.model import FeatureService
from featurestore.context import Context
from featurestore.held_views import definitions_of
from featurestore.resolve import Applied
from featurestore.serving_record import (
    ServedEntry,
    ServedService,
    ServedView,
    decode_service,
    decode_view,
    encode_service,
    service_key,
    view_key,
)


def serve_services(context: Context) -> None:
    """Bring the look-up records of services in line with what is applied, and remove those of others.

    A service that was served and now names a column that is not online yet goes on as it was until its view is
    published: applying definitions never breaks look-ups that work.
    """
    registry = context.registry
    with registry.changing_definitions(), registry.serving.changing():
        # Read here: who publishes may have begun before others applied what stands now.
        applied = context.everything()
        wanted = {service_key(name) for name in applied.repository.feature_services}
        for name in registry.serving.names():
            if name.startswith("service:") and name not in wanted:
                registry.serving.remove(name)
        for key, service in service_records(context, applied, dict(_held(context, applied)), {}).items():
            registry.serving.store(key, encode_service(service), context.clock.now())


def _held(context: Context, applied: Applied) -> Iterator[tuple[str, Applied]]:
    """The views that readers are held on an earlier generation of, with the definitions of then where they are
    known."""
    for name, hold in context.registry.holds.on().items():
        definitions = definitions_of(applied, context.registry.generations.get(hold.generation_id))
        if definitions is not None:
            yield name, definitions


def service_records(
    context: Context, applied: Applied, former: Mapping[str, Applied], online: Mapping[str, ServedView]
) -> dict[str, ServedService]:
    """What each applied service answers, by its record's name.

    `former` has, by name, the definitions of views that readers are held on an earlier generation of: their columns
    count. `online` are records of views that are about to be stored. If not all columns of a service are online, it
    goes on as it was, or as an earlier version of it was; if neither can be, look-ups will say what is missing.
    """
    records = {}
    for name, service in applied.repository.feature_services.items():
        key = service_key(name)
        for candidate in _candidates(context, applied, former, service):
            if not missing_column(context, candidate, online):
                records[key] = candidate
                break
        else:
            records[key] = _served(applied, {}, service)
    return records


def missing_column(context: Context, service: ServedService, online: Mapping[str, ServedView]) -> str:
    """A column that a service names and that is not online, as `view:column`; empty if there is none."""
    for entry in service.entries:
        view = online.get(entry.view) or _loaded(context, entry.view)
        held = set() if view is None else {column.name for column in view.columns}
        for _, column in entry.columns:
            if column not in held:
                return f"{entry.view}:{column}"
    return ""


def _candidates(
    context: Context, applied: Applied, former: Mapping[str, Applied], service: FeatureService
) -> Iterator[ServedService]:
    """What a service may answer, best first."""
    if (present := _expanded(applied, former, service)) is not None:
        yield present
    served = context.registry.serving.load(service_key(service.name))
    if served is not None:
        yield decode_service(served)
    if served is not None or former:
        for version in reversed(applied.registry.versions("feature_service", service.name)):
            earlier = applied.registry.version("feature_service", service.name, version.version)
            assert isinstance(earlier, FeatureService)
            if (expanded := _expanded(applied, former, earlier)) is not None:
                yield expanded


def _expanded(applied: Applied, former: Mapping[str, Applied], service: FeatureService) -> ServedService | None:
    """A service with its columns listed; None if it names a view or a column that there is not."""
    try:
        return _served(applied, former, service)
    except RequestError:
        return None


def _served(applied: Applied, former: Mapping[str, Applied], service: FeatureService) -> ServedService:
    """A service with its columns listed, but for those that are offline only."""
    entries = []
    for entry in service.features:
        view = entry.online_name
        columns = [column for column in former.get(view, applied).resolve_entry(entry) if not column.offline_only]
        if columns:
            names = tuple((column.name, column.column.name) for column in columns)
            entries.append(ServedEntry(view, columns[0].key_columns, names))
    return ServedService(service.name, tuple(entries))


def _loaded(context: Context, view: str) -> ServedView | None:
    record = context.registry.serving.load(view_key(view))
    return None if record is None else decode_view(record)
