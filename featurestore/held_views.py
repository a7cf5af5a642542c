"""Views under a hold: what readers are kept on, and whether it can still be computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from builders.request import RequestedColumn
from definitions.errors import SourceError
from definitions.expression_error import ExpressionError
from definitions.fingerprint import view_fingerprint
from definitions.model import Repository
from definitions.relation import files_read
from featurestore.context import Context
from featurestore.registry.generations import Generation
from featurestore.registry.holds import Hold
from featurestore.resolve import Applied
from featurestore.stored_views import StoredView, stored_views


@dataclass(frozen=True)
class HeldView:
    """A view under a hold, the generation that readers stay on, and the definitions that it was computed from.

    `applied` is None where the registry has no such definitions; `obstacle` says why the generation's watermark
    cannot move, and is empty where it can.
    """

    hold: Hold
    generation: Generation
    applied: Applied | None
    obstacle: str

    def columns(self, raw: bool = False) -> tuple[RequestedColumn, ...]:
        """The columns to compute for it; none where there is an obstacle."""
        if self.applied is None or self.obstacle:
            return ()
        return columns_of(self.applied, self.generation.view, raw)


def held_views(context: Context, applied: Applied) -> dict[str, HeldView]:
    """Every view with a hold on it, by the name it has online."""
    return {name: _held_view(context, applied, hold) for name, hold in context.registry.holds.on().items()}


def held_view(context: Context, applied: Applied, name: str) -> HeldView | None:
    """One view, if there is a hold on it."""
    hold = context.registry.holds.of(name)
    return None if hold is None else _held_view(context, applied, hold)


def needed_columns(applied: Applied, held: Mapping[str, HeldView]) -> tuple[RequestedColumn, ...]:
    """Every column that anybody may ask for: of what is applied, and of what holds keep online."""
    return (*applied.all_columns(), *(column for view in held.values() for column in view.columns()))


def definitions_of(applied: Applied, generation: Generation) -> Applied | None:
    """The applied definitions with a generation's view as the generation computed it; None if they are not known.

    The view may have changed since, and so may its sources or its entity: their versions are tried, newest first.
    """
    registry, repository = applied.registry, applied.repository
    for stored in stored_views(registry, generation.view.partition("@")[0]):
        if _computes(stored, generation.fingerprint):
            former = Repository(
                entities={**repository.entities, stored.entity.name: stored.entity},
                sources={**repository.sources, **stored.sources},
                feature_views={**repository.feature_views, stored.view.name: stored.view},
                feature_services=repository.feature_services,
            )
            return Applied(registry, applied.revision, former=former)
    return None


def columns_of(applied: Applied, name: str, raw: bool = False) -> tuple[RequestedColumn, ...]:
    """The columns of a view of these definitions; `name` may pin a version."""
    return applied.view_columns(applied.repository.feature_views[name.partition("@")[0]], raw)


def _held_view(context: Context, applied: Applied, hold: Hold) -> HeldView:
    generation = context.registry.generations.get(hold.generation_id)
    former = definitions_of(applied, generation)
    if former is None:
        return HeldView(hold, generation, None, "the registry does not hold its definition")
    source = columns_of(former, hold.view)[0].source
    try:
        for read in files_read(source):
            context.list_files(read)
    except SourceError as error:
        return HeldView(hold, generation, former, str(error))
    return HeldView(hold, generation, former, "")


def _computes(stored: StoredView, fingerprint: str) -> bool:
    try:
        return view_fingerprint(stored.view, stored.source, stored.entity) == fingerprint
    except ExpressionError:
        # A version of the source without a column that the view reads: these two were never applied together.
        return False
