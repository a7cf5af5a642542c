"""What applying a repository would change, and making it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.diff import Change, diff_repositories
from definitions.fingerprint import entity_fingerprint, service_fingerprint, source_fingerprint, view_fingerprint
from definitions.model import Repository
from definitions.relation import resolve_source, resolve_view
from featurestore.context import Context
from featurestore.in_use import find_uses
from featurestore.principal import principal
from featurestore.serve_lifecycles import serve_lifecycles
from featurestore.serve_services import serve_services

if TYPE_CHECKING:
    from featurestore.registry.definitions import ApplyRecord


@dataclass(frozen=True)
class Plan:
    """The difference between what is applied and what the YAML says; `columns` counts feature columns after it.

    `obstacles` are why `apply` would refuse it, `kept` the versions of views that go on beside the new ones.
    """

    changes: tuple[Change, ...]
    columns: int
    obstacles: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.changes


def plan_repository(context: Context, repository: Repository) -> Plan:
    """Compare a repository with what is applied."""
    applied = context.applied()
    in_use = find_uses(context, applied, repository)
    columns = sum(
        max(len(feature.windows), 1) for view in repository.feature_views.values() for feature in view.features
    )
    changes = diff_repositories(applied.repository, repository)
    return Plan(changes, columns, in_use.obstacles, tuple(f"{view}@{version}" for view, version in in_use.kept))


def apply_repository(context: Context, repository: Repository) -> ApplyRecord:
    """Make a repository the one that is applied, and tell look-ups about its services.

    Raises:
        RequestError: others use what it takes from them.
    """
    in_use = find_uses(context, context.applied(), repository)
    in_use.refuse()
    who, now = principal(), context.clock.now()
    # Before what takes their place: a version that is kept too early does no harm.
    context.registry.lifecycles.keep(in_use.kept, who, now)
    record = context.registry.definitions.apply(repository, fingerprint_all(repository), who, now)
    applied = context.applied()
    serve_services(context, applied)
    serve_lifecycles(context, applied)
    return record


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
