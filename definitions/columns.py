"""Feature columns: the names and types that views produce and that services and calls ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from definitions.durations import Duration
from definitions.errors import RequestError
from definitions.expressions import parse_expression
from definitions.model import (
    Feature,
    FeatureService,
    FeatureView,
    Repository,
    ServiceEntry,
    Source,
    column_name,
    split_reference,
)
from definitions.relation import own_columns, resolve_view
from definitions.suggest import suggest
from definitions.types import BIGINT, DOUBLE, DataType, array_of, counts_of


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One column of a view: a feature over one window (`None`: all history).

    `view` is the view's name. `default` is the value over no rows: 0 for a count, else null.
    """

    view: str
    feature: Feature
    window: Duration | None
    name: str
    type: DataType

    @property
    def default(self) -> int | None:
        return 0 if self.feature.agg in ("count", "count_distinct") and self.feature.by is None else None


@dataclass(frozen=True, slots=True)
class ServiceColumn:
    """A feature column as a caller gets it: `name` has the entry's prefix.

    `join_keys` has every key of the view's entity, in order, and the entity dataframe column that holds it.
    `version` is what `view@2` pins, else `None`.
    """

    name: str
    column: FeatureColumn
    join_keys: Mapping[str, str]
    version: int | None = None


def column_types(source: Source) -> dict[str, DataType]:
    """The types of what expressions may use, by name: a source's columns and partitions, and `planes.seats` for those
    of dimensions that are joined to it."""
    types = own_types(source)
    for join in source.joins:
        types |= {join.qualified(name): kind for name, kind in own_types(join.dimension).items()}
    return types


def own_types(source: Source) -> dict[str, DataType]:
    """The types of a source's own columns and partitions, by name."""
    return {name: column.type for name, column in own_columns(source).items()}


def feature_type(feature: Feature, types: Mapping[str, DataType]) -> DataType:
    """The type of a feature's values over a source with these column types.

    Raises:
        ExpressionError: `of` or `by` cannot be read.
    """
    if feature.by is not None:
        return counts_of(parse_expression(feature.by, types).type)
    if feature.agg == "count" or feature.of is None:
        return BIGINT
    return aggregate_type(feature.agg, parse_expression(feature.of, types).type)


def aggregate_type(agg: str, of: DataType) -> DataType:
    """The type that `agg` makes of values of type `of`."""
    if agg in ("mean", "variance", "stddev", "quantile"):
        return DOUBLE
    if agg in ("last_n", "most_frequent"):
        return array_of(of)
    if agg in ("count", "count_distinct") or (agg == "sum" and (of.is_integer or of.name == "boolean")):
        return BIGINT
    return DataType("decimal", 38, of.scale) if agg == "sum" and of.is_decimal else of


def feature_columns(view: FeatureView, source: Source) -> tuple[FeatureColumn, ...]:
    """The columns of `view`, features in their order and windows in theirs.

    Raises:
        ExpressionError: an expression cannot be read; a loaded repository has none such.
    """
    types = column_types(source)
    return tuple(
        FeatureColumn(view.name, feature, window, column_name(feature, window), data_type)
        for feature in view.features
        for data_type in (feature_type(feature, types),)
        for window in (feature.windows or (None,))
    )


def column_names(view: FeatureView) -> tuple[str, ...]:
    """The names of `feature_columns`, which need no source."""
    return tuple(column_name(each, window) for each in view.features for window in (each.windows or (None,)))


def service_columns(repository: Repository, service: FeatureService) -> tuple[ServiceColumn, ...]:
    """What a service answers, in its order.

    Raises:
        RequestError: as `request_columns`.
    """
    return request_columns(repository, service.features)


def request_columns(repository: Repository, references: Sequence[str | ServiceEntry]) -> tuple[ServiceColumn, ...]:
    """The columns that references such as `view:column`, `view:*` or `view@2:column` name, each once, in order.

    Raises:
        RequestError: a reference is malformed or names an unknown view or column, or two different columns
            would have one name.
    """
    if isinstance(references, str):
        raise RequestError(
            f"expected a list of feature references, found the text {references!r}; write [{references!r}]"
        )
    chosen: dict[str, ServiceColumn] = {}
    for reference in references:
        for column in entry_columns(repository, _entry(reference)):
            first = chosen.setdefault(column.name, column)
            if first != column:
                raise RequestError(
                    f"two columns are named {column.name!r}: {_origin(first)} and {_origin(column)}; "
                    "give one of them a prefix in a feature service"
                )
    if not chosen:
        raise RequestError("no features were asked for; name a feature service or references such as 'view:column'")
    return tuple(chosen.values())


def _entry(reference: str | ServiceEntry) -> ServiceEntry:
    if isinstance(reference, ServiceEntry):
        return reference
    try:
        return ServiceEntry(**split_reference(reference))
    except ValueError as error:
        raise RequestError(str(error)) from None


def _origin(column: ServiceColumn) -> str:
    roles = ", ".join(column.join_keys.values())
    return f"{column.column.view}:{column.column.name} by {roles}"


def entry_columns(repository: Repository, entry: ServiceEntry) -> tuple[ServiceColumn, ...]:
    """The columns of one entry, in the view's order for `*`.

    Raises:
        RequestError: the view or a column is unknown.
    """
    view = repository.feature_views.get(entry.view)
    if view is None:
        raise RequestError(
            f"there is no feature view {entry.view!r}; {suggest(entry.view, repository.feature_views, 'feature views')}"
        )
    by_name = {column.name: column for column in feature_columns(view, resolve_view(view, repository.sources))}
    names: list[str] = []
    for name in entry.features:
        if name != "*" and name not in by_name:
            raise RequestError(f"{entry.view!r} has no column {name!r}; {suggest(name, by_name, 'columns')}")
        names.extend(by_name if name == "*" else (name,))
    join_keys = {key: entry.join_keys.get(key, key) for key in repository.entities[view.entity].keys}
    return tuple(
        ServiceColumn(entry.prefix + name, by_name[name], join_keys, entry.version) for name in dict.fromkeys(names)
    )
