"""Impact: what depends on a source or on one of its columns, and whose it is; lineage, read the other way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from builders.lineage import USES, ColumnLineage, Use, trace_column
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.columns import column_types
from definitions.errors import RequestError
from definitions.relation import resolve_source
from definitions.suggest import suggest
from featurestore.lineage import trace_entries
from featurestore.tree import Branch, draw_tree, tree_html

if TYPE_CHECKING:
    from definitions.model import Definition, Source
    from featurestore.resolve import Applied


@dataclass(frozen=True)
class Dependent:
    """A feature view (`name@2` where a service pins its version) or feature service that a source reaches.

    `columns` are those of its feature columns that depend on it, as the view or the service names them.
    """

    name: str
    team: str | None
    owner: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Impact:
    """What depends on `source`, or on its `column` if one is given.

    `columns` are the feature columns of all views, `views` and `services` whoever offers them. `siblings` are other
    sources of the same files that have the column too: what changes in the files has their impact as well. Text and
    notebooks show it as a tree; `to_dict` is for programs.
    """

    source: str
    column: str | None
    columns: tuple[ColumnLineage, ...]
    views: tuple[Dependent, ...]
    services: tuple[Dependent, ...]
    siblings: tuple[str, ...]

    @cached_property
    def slots(self) -> dict[TileTable, tuple[Slot, ...]]:
        """The slots of each tile table that are built from it."""
        touched: dict[TileTable, dict[str, Slot]] = {}
        for column in self.columns:
            for traced in column.slots:
                if traced.reads(self.source, self.column):
                    touched.setdefault(traced.table, {})[traced.slot.name] = traced.slot
        return {table: tuple(slots[name] for name in sorted(slots)) for table, slots in touched.items()}

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams of all views and services that depend on it."""
        return _distinct(dependent.team for dependent in (*self.views, *self.services))

    @property
    def owners(self) -> tuple[str, ...]:
        """The owners of all views and services that depend on it."""
        return _distinct(dependent.owner for dependent in (*self.views, *self.services))

    def uses_in(self, column: ColumnLineage) -> tuple[Use, ...]:
        """What the source's column does for a feature column; without a column, what any of the source's do."""
        found = {use for item in column.inputs if item.is_of(self.source, self.column) for use in item.uses}
        return tuple(use for use in USES if use in found)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "source": self.source,
            "column": self.column,
            "feature_columns": [
                {"reference": column.reference, "uses": list(self.uses_in(column))} for column in self.columns
            ],
            "feature_views": [_dependent_document(view) for view in self.views],
            "feature_services": [_dependent_document(service) for service in self.services],
            "tile_tables": [
                {"tile_table": table.label, "tile_table_id": table.name, "slots": [slot.name for slot in slots]}
                for table, slots in self.slots.items()
            ],
            "teams": list(self.teams),
            "owners": list(self.owners),
            "sources_of_the_same_files": list(self.siblings),
        }

    def tree(self) -> Branch:
        """A branch each for views, services, tile tables, people and sources of the same files, if there are any."""
        uses = {column.reference: ", ".join(self.uses_in(column)) for column in self.columns}
        people = (("teams", self.teams), ("owners", self.owners))
        groups = {
            "feature views": tuple(
                _branch(_title(view), [f"{name}: {uses[f'{view.name}:{name}']}" for name in view.columns])
                for view in self.views
            ),
            "feature services": tuple(_branch(_title(service), service.columns) for service in self.services),
            "tile tables": tuple(
                _branch(table.label, [slot.name for slot in slots]) for table, slots in self.slots.items()
            ),
            "whom to ask": tuple(Branch(f"{what} {', '.join(names)}") for what, names in people if names),
            "see also, of the same files": tuple(map(Branch, self.siblings)),
        }
        root = self.source if self.column is None else f"{self.source}.{self.column}"
        found = tuple(Branch(title, branches) for title, branches in groups.items() if branches)
        return Branch(root if self.columns else f"{root}: no feature column depends on it", found)

    def __repr__(self) -> str:
        return draw_tree(self.tree())

    def _repr_html_(self) -> str:
        return tree_html(self.tree())


def trace_impact(applied: Applied, source: str, column: str | None = None) -> Impact:
    """What depends on a source that is applied, or on one of its columns: views, versions that services pin, services.

    Raises:
        RequestError: nothing is applied, or there is no such source or column; the message suggests the nearest one.
    """
    sources = applied.repository.sources
    if not sources:
        raise RequestError("no sources are applied; run `featurestore apply` first")
    if source not in sources:
        raise RequestError(f"there is no source {source!r}; {suggest(source, sources, 'sources')}")
    types = column_types(resolve_source(source, sources))
    if column is not None and column not in types:
        raise RequestError(f"source {source!r} has no column {column!r}; {suggest(column, types, 'columns')}")

    columns: list[ColumnLineage] = []
    views: list[Dependent] = []
    for name, view in {**applied.repository.feature_views, **applied.pinned_views()}.items():
        version = name.partition("@")[2]
        traced = [trace_column(each, int(version) if version else None) for each in applied.view_columns(view)]
        reached = [each for each in traced if each.reads(source, column)]
        columns += reached
        views += _dependent(name, view, reached)
    services: list[Dependent] = []
    for name, service in applied.repository.feature_services.items():
        reached = [each for each in trace_entries(applied, service.features) if each.reads(source, column)]
        services += _dependent(name, service, reached)
    return Impact(source, column, tuple(columns), tuple(views), tuple(services), _siblings(sources, source, column))


def _siblings(sources: Mapping[str, Source], source: str, column: str | None) -> tuple[str, ...]:
    """Other sources of the same files; what a union is read from is no sibling, its members have their own."""
    place = _place_of(sources[source])
    return tuple(
        name
        for name, other in sources.items()
        if name != source
        and not other.union
        and _place_of(other) == place
        and (column is None or column in column_types(other))
    )


def _place_of(source: Source) -> tuple[PurePosixPath, str]:
    return PurePosixPath(source.path), source.table


def _dependent(name: str, definition: Definition, reached: Sequence[ColumnLineage]) -> list[Dependent]:
    """The definition with the columns that were reached; nothing where none was."""
    names = tuple(dict.fromkeys(column.requested.name for column in reached))
    return [Dependent(name, definition.team, definition.owner, names)] if names else []


def _dependent_document(dependent: Dependent) -> dict[str, Any]:
    return {
        "name": dependent.name,
        "team": dependent.team,
        "owner": dependent.owner,
        "columns": list(dependent.columns),
    }


def _branch(text: str, lines: Iterable[str]) -> Branch:
    return Branch(text, tuple(map(Branch, lines)))


def _title(dependent: Dependent) -> str:
    whose = [f"team {dependent.team}"] if dependent.team else []
    whose += [f"owner {dependent.owner}"] if dependent.owner else []
    return f"{dependent.name} ({', '.join(whose)})" if whose else dependent.name


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))
