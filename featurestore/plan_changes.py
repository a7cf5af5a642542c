"""What applying a repository would change, and making it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.diff import Change, diff_repositories
from definitions.errors import RequestError
from definitions.fingerprint import entity_fingerprint, service_fingerprint, source_fingerprint, view_fingerprint
from definitions.model import Repository
from definitions.relation import resolve_source, resolve_view
from definitions.suggest import suggest
from featurestore.context import Context
from featurestore.in_use import find_uses
from featurestore.principal import principal
from featurestore.reuse.find_reuse import added_columns, find_reuse
from featurestore.reuse.gate import Ruling, break_glass, refuse, review_waivers, rule_on_rebuilds
from featurestore.reuse.reuse import Reuse
from featurestore.serve_lifecycles import serve_lifecycles
from featurestore.serve_services import serve_services

if TYPE_CHECKING:
    from featurestore.registry.definitions import ApplyRecord
    from featurestore.registry.feature_columns import IndexedColumn
    from featurestore.registry.waivers import Waiver
    from featurestore.resolve import Applied
    from featurestore.reuse.same_data import SameData
    from featurestore.reuse.waive import Gate


@dataclass(frozen=True)
class Plan:
    """The difference between what is applied and what the YAML says; `columns` counts feature columns after it.

    `obstacles` are why `apply` would refuse it, `kept` the versions of views that go on beside the new ones.
    `reuse` says what is there already of the columns that are added, `rulings` what the gate says of rebuilds.
    `same_data` are added columns that carry what others carry; None if nobody looked.
    """

    changes: tuple[Change, ...]
    columns: int
    obstacles: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    reuse: tuple[Reuse, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    same_data: tuple[SameData, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.changes


def plan_repository(context: Context, repository: Repository, sample: bool = False) -> Plan:
    """Compare a repository with what is applied, and what it adds with what is there; with `sample`, by the values of
    some entities too."""
    applied = context.applied()
    in_use = find_uses(context, applied, repository)
    columns = sum(
        max(len(feature.windows), 1) for view in repository.feature_views.values() for feature in view.features
    )
    added = added_columns(applied.repository, repository)
    found = find_reuse(context, applied, repository, added)
    return Plan(
        changes=diff_repositories(applied.repository, repository),
        columns=columns,
        obstacles=in_use.obstacles,
        kept=tuple(f"{view}@{version}" for view, version in in_use.kept),
        reuse=found,
        rulings=rule_on_rebuilds(context, repository, found),
        same_data=_same_data(context, applied, repository, added, found) if sample else None,
    )


def _same_data(
    context: Context,
    applied: Applied,
    repository: Repository,
    added: Sequence[IndexedColumn],
    found: Sequence[Reuse],
) -> tuple[SameData, ...]:
    from featurestore.reuse.same_data import find_same_data

    rebuilds = {each.column for each in found if each.is_rebuild}
    asked = [each.reference for each in added if each.reference not in rebuilds]
    return find_same_data(context, applied, repository, asked)


def apply_repository(context: Context, repository: Repository, glass_broken: str | None = None) -> ApplyRecord:
    """Make a repository the one that is applied, and tell look-ups about its services.

    `glass_broken` is why rebuilds that the gate refuses are applied all the same.

    Raises:
        RequestError: others use what it takes from them.
        ReuseError: it builds again what is there, and the gate blocks.
    """
    former = context.applied()
    in_use = find_uses(context, former, repository)
    in_use.refuse()
    added = added_columns(former.repository, repository)
    rulings = rule_on_rebuilds(context, repository, find_reuse(context, former, repository, added))
    if glass_broken is None:
        refuse(rulings)
    who, now = principal(), context.clock.now()
    # Before what takes their place: a version that is kept too early does no harm.
    context.registry.lifecycles.keep(in_use.kept, who, now)
    record = context.registry.definitions.apply(repository, fingerprint_all(repository), who, now)
    applied = context.applied()
    serve_services(context, applied)
    serve_lifecycles(context, applied)
    if glass_broken is not None:
        break_glass(context, repository, rulings, glass_broken, who)
    review_waivers(context, repository)
    return record


def waive_rebuild(
    gate: Gate, plan: Plan, repository: Repository, column: str, reason: str, microseconds: int
) -> Waiver:
    """Ask that one of a plan's rebuilds may be applied for so long.

    Raises:
        RequestError: the plan has no such rebuild, or there is no reason.
    """
    rulings = {ruling.reuse.column: ruling for ruling in plan.rulings}
    if column not in rulings:
        raise RequestError(f"{column!r} is no rebuild; {suggest(column, rulings, 'rebuilds')}")
    team = repository.feature_views[column.partition(":")[0]].team
    return gate.waive(rulings[column], team, reason, microseconds)


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
