"""Rollback: readers of a view go back to an earlier generation in one step, and stay there until they are released."""

from __future__ import annotations

from msgspec.structs import replace

from definitions.errors import RequestError
from featurestore.context import Context
from featurestore.held_views import columns_of, definitions_of, held_views
from featurestore.principal import principal
from featurestore.publish import PublishReport, in_order_of, online_columns, served_view
from featurestore.registry.generations import Generation
from featurestore.registry.holds import Hold
from featurestore.resolve import Applied
from featurestore.serve_services import missing_column, service_records
from featurestore.serving_record import ServedView, decode_view, encode_service, encode_view, view_key


def roll_back(context: Context, applied: Applied, name: str, generation_id: int, reason: str) -> PublishReport:
    """Switch readers of a view to a generation that is still there, and put a hold on the view.

    The generation is served as it is: the next publish brings it forward. Whoever publishes meanwhile is not waited
    for; it finds the hold. Services answer what they can of that generation, in the same step.

    Raises:
        RequestError: there is no such generation of the view, it was dropped, or it was never published.
    """
    registry, now = context.registry, context.clock.now()
    generation = registry.generations.servable(name, generation_id)
    present = registry.holds.of(name)
    served = _served_view(applied, generation)
    computed_by = {view: held.applied for view, held in held_views(context, applied).items()}
    computed_by[name] = definitions_of(applied, generation)
    former = {view: definitions for view, definitions in computed_by.items() if definitions is not None}
    services = service_records(context, applied, former, {name: served})
    records = {view_key(name): encode_view(served), **{key: encode_service(item) for key, item in services.items()}}
    hold = registry.holds.put(name, generation_id, records, reason, principal(), now)
    if present == hold:
        return PublishReport(name, generation_id, None, 0, "readers were on it already", hold)
    broken = [
        f"; {item.name} asks for {missing}, which it does not have: its look-ups fail"
        for item in services.values()
        if (missing := missing_column(context, item, {name: served})).startswith(f"{name}:")
    ]
    return PublishReport(name, generation_id, generation.watermark, 0, "readers went to it" + "".join(broken), hold)


def release(context: Context, name: str) -> Hold | None:
    """Take the hold off a view: publishing switches readers to the latest generation again. None if there was none."""
    return context.registry.holds.release(name, principal(), context.clock.now())


def _served_view(applied: Applied, generation: Generation) -> ServedView:
    """How look-ups read a generation: as they did when it was served, else as its definition says."""
    watermark = generation.watermark
    assert watermark is not None
    if generation.record is not None:
        return replace(decode_view(generation.record), watermark=watermark)
    former = definitions_of(applied, generation)
    if former is None:
        raise RequestError(
            f"generation {generation.id} of {generation.view} was computed by a definition that the registry does not "
            "hold, so nobody knows how to read it; choose another"
        )
    columns = in_order_of(generation, online_columns(columns_of(former, generation.view, raw=True)))
    return served_view(generation.view, columns, generation.id, watermark)
