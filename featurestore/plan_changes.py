"""What applying a repository would change, and making it so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builders.lineage import trace_column
from definitions.diff import Change, diff_repositories
from definitions.fingerprint import entity_fingerprint, service_fingerprint, source_fingerprint, view_fingerprint
from definitions.model import FeatureView, Repository
from definitions.relation import names_read, own_columns, resolve_source, resolve_view
from featurestore.context import Context
from featurestore.governance.pii import declassified_levels, pii_of, pii_of_keys
from featurestore.resolve import Applied
from featurestore.serve_services import serve_services

if TYPE_CHECKING:
    from featurestore.registry.acting import Acting
    from featurestore.registry.definitions import ApplyRecord


@dataclass(frozen=True)
class Plan:
    """The difference between what is applied and what the YAML says; `columns` counts feature columns after it.

    `refusals` say why `apply` would refuse it; then nothing is compared. `personal` says of columns that change what
    they tell about a person.
    """

    changes: tuple[Change, ...]
    columns: int
    refusals: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.refusals


def plan_repository(context: Context, repository: Repository) -> Plan:
    """Compare a repository with what is applied."""
    applied = context.applied().repository
    columns = sum(
        max(len(feature.windows), 1) for view in repository.feature_views.values() for feature in view.features
    )
    changes = diff_repositories(applied, repository)
    return Plan(changes, columns, personal=tuple(_personal(context, repository, changes)))


def apply_repository(
    context: Context, repository: Repository, acting: Acting | None = None, since: int | None = None
) -> ApplyRecord:
    """Make a repository the one that is applied, and tell look-ups about its services.

    Raises:
        ConflictError: it holds what others had applied at the revision `since`, and they have applied more.
    """
    record = context.registry.definitions.apply(
        repository, fingerprint_all(repository), context.principal(), context.clock.now(), acting, since
    )
    serve_services(context, context.applied())
    return record


def _personal(context: Context, repository: Repository, changes: tuple[Change, ...]) -> Iterator[str]:
    changed = {change.name for change in changes if change.kind == "feature_view"}
    tagged = {
        view.name: view
        for view in repository.feature_views.values()
        if view.name in changed and _has_tags(view, repository)
    }
    if not tagged:
        return
    applied = Applied(context.registry.definitions, 0, former=repository)
    declassified = declassified_levels(context.registry.declassifications.on())
    for view in tagged.values():
        columns = applied.view_columns(view)
        if keys := str(pii_of_keys(columns[0])):
            yield f"the keys of {view.name}: {keys}"
        for requested in columns:
            if told := str(pii_of(trace_column(requested), declassified)):
                yield f"{view.name}:{requested.column.name}: {told}"


def _has_tags(view: FeatureView, repository: Repository) -> bool:
    sources = (repository.sources[name] for name in names_read(view, repository.sources))
    return any(feature.pii for feature in view.features) or any(
        column.pii for source in sources for column in own_columns(source).values()
    )


def fingerprint_all(repository: Repository) -> dict[tuple[str, str], str]:
    """The fingerprint of every definition, by kind and name."""
    sources = repository.sources
    found = {("source", name): source_fingerprint(resolve_source(name, sources)) for name in sources}
    found |= {("entity", name): entity_fingerprint(entity) for name, entity in repository.entities.items()}
    for name, view in repository.feature_views.items():
        source, entity = resolve_view(view, sources), repository.entities[view.entity]
        found["feature_view", name] = view_fingerprint(view, source, entity)
    for name, service in repository.feature_services.items():
        found["feature_service", name] = service_fingerprint(service, repository)
    return found
