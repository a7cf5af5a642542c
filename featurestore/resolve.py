"""From references to requested columns: the definitions that are applied, and those of pinned versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from builders.request import RequestedColumn
from definitions.columns import ServiceColumn, entry_columns, feature_columns
from definitions.errors import RequestError
from definitions.expression_error import ExpressionError
from definitions.model import FeatureView, Repository, ServiceEntry, split_reference
from definitions.relation import names_read, resolve_view
from definitions.suggest import suggest
from featurestore.clock import format_instant
from featurestore.registry.definitions import DefinitionRegistry, DefinitionVersion
from featurestore.registry.lifecycles import KeptVersion

Features = str | Sequence[str]
"""A feature service's name, one reference such as `view:column`, or a list of references."""


@dataclass(frozen=True)
class Applied:
    """The definitions that are applied, or were at the instant `knowledge` (UTC microseconds), read once; or `former`
    ones of the same registry in their place. `kept` are versions that go on beside them.

    `hides` says of a view, or of a version of it, that whoever asks must not learn that it is there.
    """

    registry: DefinitionRegistry
    revision: int
    knowledge: int | None = None
    former: Repository | None = None
    hides: Callable[[str, int | None], bool] | None = None
    kept: tuple[KeptVersion, ...] = ()

    @cached_property
    def repository(self) -> Repository:
        if self.former is not None:
            return self.former
        return self.registry.current() if self.knowledge is None else self.registry.at(self.knowledge)

    @property
    def _then(self) -> str:
        return "" if self.knowledge is None else f" at {format_instant(self.knowledge)}"

    def resolve(self, features: Features, raw: bool = False) -> tuple[RequestedColumn, ...]:
        """The columns that `features` names, each once, in order.

        Raises:
            RequestError: nothing is applied, or a name is unknown; the message suggests the nearest one.
        """
        columns: dict[str, RequestedColumn] = {}
        for entry in self.entries(features):
            for column in self.resolve_entry(entry, raw):
                first = columns.setdefault(column.name, column)
                if first != column:
                    raise RequestError(
                        f"two columns are named {column.name!r}, of {first.view.name} and {column.view.name}; "
                        "give one of them a prefix in a feature service"
                    )
        return tuple(columns.values())

    def resolve_entry(self, entry: ServiceEntry, raw: bool = False) -> tuple[RequestedColumn, ...]:
        """The columns of one entry of a service."""
        view = self.view(entry)
        views = {**self.repository.feature_views, view.name: view}
        repository = self.repository.model_copy(update={"feature_views": views})
        return tuple(self._requested(view, column, raw) for column in entry_columns(repository, entry))

    def entries(self, features: Features) -> tuple[ServiceEntry, ...]:
        """The service entries that `features` stands for."""
        if not self.repository.feature_views:
            if self.knowledge is not None:
                raise RequestError(f"no feature views were applied{self._then}; ask for a later knowledge")
            raise RequestError("no feature views are applied; run `featurestore apply` first")
        if isinstance(features, str) and ":" not in features:
            services = self.repository.feature_services
            if features not in services:
                hint = suggest(features, services, "feature services")
                raise RequestError(f"there is no feature service {features!r}{self._then}; {hint}")
            return services[features].features
        references = [features] if isinstance(features, str) else list(features)
        if not references:
            raise RequestError("no features were asked for; name a feature service or references such as 'view:column'")
        try:
            return tuple(ServiceEntry(**split_reference(reference)) for reference in references)
        except ValueError as error:
            raise RequestError(str(error)) from error

    def view(self, entry: ServiceEntry) -> FeatureView:
        """The view of an entry, in the version that it pins."""
        views = self.repository.feature_views
        hidden = self.hides is not None and self.hides(entry.view, entry.version)
        if entry.version is None or hidden:
            if entry.view not in views or hidden:
                hint = suggest(entry.view, views, "feature views")
                raise RequestError(f"there is no feature view {entry.view!r}{self._then}; {hint}")
            return views[entry.view]
        found = self.registry.version("feature_view", entry.view, entry.version)
        assert isinstance(found, FeatureView)
        return found

    def versions(self, view: str) -> tuple[DefinitionVersion, ...]:
        """The versions that there ever were of a view, oldest first; none of one that must not be told of."""
        if self.hides is not None and self.hides(view, None):
            return ()
        return self.registry.versions("feature_view", view)

    def all_columns(self) -> tuple[RequestedColumn, ...]:
        """Every column of every applied view and of every version that a service pins or that is kept."""
        views = (*self.repository.feature_views.values(), *self.pinned_views().values())
        return tuple(column for view in views for column in self.view_columns(view))

    def pinned_views(self) -> dict[str, FeatureView]:
        """The versions of views that services pin or that are kept, as `view@version`."""
        pinned = {
            entry.online_name: self.view(entry)
            for service in self.repository.feature_services.values()
            for entry in service.features
            if entry.version is not None
        }
        for each in self.kept:
            if each.retired_at is None and each.view in self.repository.feature_views:
                view = self.view(ServiceEntry(view=each.view, version=each.version))
                if self._can_compute(view):
                    pinned[each.online_name] = view
        return pinned

    def _can_compute(self, view: FeatureView) -> bool:
        """Whether what a former version of a view reads is still there."""
        sources = self.repository.sources
        if view.entity not in self.repository.entities or not names_read(view, sources) <= sources.keys():
            return False
        try:
            return bool(feature_columns(view, resolve_view(view, sources)))
        except ExpressionError:
            return False

    def view_columns(self, view: FeatureView, raw: bool = False) -> tuple[RequestedColumn, ...]:
        """Every column of a view under its own name, by its entity's own keys."""
        source = resolve_view(view, self.repository.sources)
        entity = self.repository.entities[view.entity]
        return tuple(
            RequestedColumn(column.name, column, view, source, entity, tuple(entity.keys), raw)
            for column in feature_columns(view, source)
        )

    def _requested(self, view: FeatureView, column: ServiceColumn, raw: bool) -> RequestedColumn:
        return RequestedColumn(
            name=column.name,
            column=column.column,
            view=view,
            source=resolve_view(view, self.repository.sources),
            entity=self.repository.entities[view.entity],
            key_columns=tuple(column.join_keys.values()),
            raw=raw,
        )
