"""What applying a repository would change, and making it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builders.lineage import trace_column
from definitions.diff import Change, diff_repositories
from definitions.fingerprint import entity_fingerprint, service_fingerprint, source_fingerprint, view_fingerprint
from definitions.model import FeatureView, Repository
from definitions.relation import names_read, own_columns, resolve_source, resolve_view
from featurestore.context import Context
from featurestore.governance.pii import declassified_levels, pii_of, pii_of_keys
from featurestore.in_use import find_uses
from featurestore.registry.acting import Acting
from featurestore.resolve import Applied
from featurestore.reuse.drafts import settle_drafts
from featurestore.reuse.find_reuse import added_columns
from featurestore.reuse.gate import Ruling, refuse, rule_on_rebuilds
from featurestore.reuse.gate_findings import break_glass, look_for_reuse, note_search, review_waivers
from featurestore.reuse.reuse import Reuse
from featurestore.serve_lifecycles import serve_lifecycles
from featurestore.serve_services import serve_services

if TYPE_CHECKING:
    from featurestore.registry.definitions import ApplyRecord
    from featurestore.registry.feature_columns import IndexedColumn
    from featurestore.reuse.same_data import SameData


@dataclass(frozen=True)
class Plan:
    """The difference between what is applied and what the YAML says; `columns` counts feature columns after it.

    `refusals` say why `apply` would refuse it; then nothing is compared. `personal` says of columns that change what
    they tell about a person.
    `obstacles` are why `apply` would refuse it, `kept` the versions of views that go on beside the new ones.
    `reuse` says what is there already of the columns that are added, `rulings` what the gate says of rebuilds;
    `unsearched` is the kind of error if that could not be looked up.
    `same_data` are added columns that carry what others carry; None if nobody looked.
    """

    changes: tuple[Change, ...]
    columns: int
    refusals: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    reuse: tuple[Reuse, ...] = ()
    unsearched: str | None = None
    rulings: tuple[Ruling, ...] = ()
    same_data: tuple[SameData, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.refusals


def plan_repository(context: Context, applied: Applied, repository: Repository, sample: bool = False) -> Plan:
    """Compare a repository with what is applied, and what it adds with what is there; with `sample`, by the values of
    some entities too."""
    in_use = find_uses(context, applied, repository)
    columns = sum(
        max(len(feature.windows), 1) for view in repository.feature_views.values() for feature in view.features
    )
    added = added_columns(applied.repository, repository)
    found, unsearched = look_for_reuse(context, applied, repository, added)
    changes = diff_repositories(applied.repository, repository)
    return Plan(
        changes=changes,
        columns=columns,
        personal=tuple(_personal(context, repository, changes)),
        obstacles=in_use.obstacles,
        kept=tuple(f"{view}@{version}" for view, version in in_use.kept),
        reuse=found,
        unsearched=unsearched,
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


def apply_repository(
    context: Context, former: Applied, repository: Repository, glass_broken: str | None, acting: Acting
) -> ApplyRecord:
    """Make a repository the one that is applied, in place of the `former` definitions, and tell look-ups about its
    services: all of it, or nothing.

    `glass_broken` is why rebuilds that the gate refuses are applied all the same.

    Raises:
        RequestError: others use what it takes from them.
        ReuseError: it builds again what is there, and the gate blocks.
        ConflictError: others have applied something since it was looked at, and not just the same.
        ConfigurationError: the registry does not answer.
    """
    added = added_columns(former.repository, repository)
    # Outside the transaction, as it takes long; what it depends on is of the revision that has to stand then.
    found, unsearched = look_for_reuse(context, former, repository, added)
    rulings = rule_on_rebuilds(context, repository, found)
    if glass_broken is None:
        refuse(rulings)
    fingerprints = fingerprint_all(repository)
    who, now = acting.principal, context.clock.now()
    registry = context.registry
    with registry.changing_definitions() as revision:
        if revision == former.revision:
            # Here, as nobody binds a model meanwhile. Where others have applied, it is a conflict or the same again.
            in_use = find_uses(context, former, repository)
            in_use.refuse()
            registry.lifecycles.keep(in_use.kept, who, now)
        record = registry.definitions.apply(repository, fingerprints, who, now, acting, former.revision)
        serve_services(context)
        serve_lifecycles(context)
        if glass_broken is not None and record.changes:
            break_glass(context, repository, rulings, glass_broken, acting)
        note_search(context, len(added), unsearched)
        review_waivers(context, repository)
        settle_drafts(context, repository)
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
