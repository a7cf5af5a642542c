"""The index of all feature columns, brought up to date when somebody looks for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from builders.reuse.timeline import timeline_of, window_of
from builders.slots import slots_of
from builders.tile_table import tile_table_of
from definitions.columns import column_types, feature_columns
from definitions.expressions import parse_condition, parse_expression
from definitions.model import Entity, Feature, FeatureView, Repository, Source
from definitions.relation import names_read, resolve_view
from featurestore.consumers import service_references
from featurestore.registry.feature_columns import IndexedColumn
from featurestore.resolve import Applied

if TYPE_CHECKING:
    from featurestore.context import Context


def is_offered(context: Context, column: IndexedColumn) -> bool:
    """Whether a column may be told of: where a token says who asks, if they see its view; else if it is not hidden."""
    return column.visibility == "members" if context.sees is None else context.sees_view(column.view)


def refresh_index(context: Context) -> None:
    """Index what applications have changed since the index was made, whoever asks and whatever they see of it; the
    views that read a changed source are indexed again too."""
    index, definitions = context.registry.feature_columns, context.registry.definitions
    known, revision = index.indexed_revision(), definitions.revision()
    if known >= revision:
        return
    applied = Applied(definitions, revision)
    repository = applied.repository
    views = None
    if known:
        changed = context.registry.definitions.changed_since(known)
        services = {name for kind, name in changed if kind == "feature_service"}
        views = _touched(changed, services, repository) | index.views_used_by(services)
    chosen = repository.feature_views if views is None else views & repository.feature_views.keys()
    using: dict[str, list[str]] = {}
    for service in repository.feature_services.values():
        for reference in dict.fromkeys(service_references(applied, service)):
            using.setdefault(reference, []).append(service.name)
    columns = [
        column for name in sorted(chosen) for column in index_view(repository, repository.feature_views[name], using)
    ]
    index.replace(columns, views, revision)


def _touched(changed: set[tuple[str, str]], services: set[str], repository: Repository) -> set[str]:
    entities = {name for kind, name in changed if kind == "entity"}
    sources = {name for kind, name in changed if kind == "source"}
    reading = {
        name
        for name, view in repository.feature_views.items()
        if view.entity in entities or sources & names_read(view, repository.sources)
    }
    asked = {
        entry.view
        for name in services & repository.feature_services.keys()
        for entry in repository.feature_services[name].features
    }
    return reading | asked | {name for kind, name in changed if kind == "feature_view"}


def index_view(
    repository: Repository, view: FeatureView, services: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Iterator[IndexedColumn]:
    """What the index says of each column of a view; `services` are those that ask for it, by reference."""
    source, entity = resolve_view(view, repository.sources), repository.entities[view.entity]
    table = tile_table_of(view, source, entity).name
    said = {feature.name: _say(view, source, entity, feature) for feature in view.features}
    for position, column in enumerate(feature_columns(view, source)):
        feature = column.feature
        told = said[feature.name]
        yield IndexedColumn(
            view=view.name,
            name=column.name,
            position=position,
            timeline=told.timeline,
            window=window_of(column),
            tile_table=table,
            slots=told.slots,
            type=str(column.type),
            formula=told.formula,
            reads=told.reads,
            words=f"{told.words} {column.name.replace('_', ' ')}",
            entity=view.entity,
            description=feature.description or view.description,
            team=view.team,
            owner=view.owner,
            visibility=view.visibility,
            state=view.lifecycle.state,
            services=tuple(services.get(f"{view.name}:{column.name}", ())),
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of all columns of a feature."""

    timeline: str
    slots: tuple[str, ...]
    formula: str
    reads: tuple[str, ...]
    words: str


def _say(view: FeatureView, source: Source, entity: Entity, feature: Feature) -> _Said:
    slots, formula = slots_of(feature, column_types(source)), formula_of(feature, source)
    reads = _reads(view, source, {name for slot in slots for name, _ in slot.reads})
    texts = (view.name, view.description, feature.description, feature.unit, view.team, view.owner, entity.name,
             view.source, formula, *reads, *view.tags, *feature.tags)  # fmt: skip
    words = re.sub(r"[\s_]+", " ", " ".join(filter(None, texts))).lower()
    timeline = timeline_of(view, source, entity, feature)
    return _Said(timeline, tuple(slot.name for slot in slots), formula, reads, words)


def formula_of(feature: Feature, source: Source) -> str:
    """What a feature computes, in one line and one spelling, without its window: `mean(arr_delay) where cancelled`."""
    types = column_types(source)
    of = parse_expression(feature.of, types).canonical if feature.of is not None else ""
    by = f" by {parse_expression(feature.by, types).canonical}" if feature.by is not None else ""
    where = f" where {parse_condition(feature.where, types).canonical}" if feature.where is not None else ""
    numbers = {"n": feature.n, "quantile": feature.quantile, "top": feature.top, "ttl": feature.ttl}
    given = ", ".join(f"{name} {value}" for name, value in numbers.items() if value is not None)
    kept = " keeping nulls" if feature.nulls == "keep" else ""
    return f"{feature.agg}({of}){by}{where}{f' ({given})' if given else ''}{kept}"


def _reads(view: FeatureView, source: Source, columns: set[str]) -> tuple[str, ...]:
    """The columns of sources that a feature reads, keys and timestamp aside, each with its source's name."""
    dimensions = {join.name: join.dimension.name for join in source.joins}
    named = (name.partition(".") for name in sorted(columns))
    return tuple(
        f"{dimensions[first]}.{column}" if dot and first in dimensions else f"{view.source}.{first}{dot}{column}"
        for first, dot, column in named
    )
