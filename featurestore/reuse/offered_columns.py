"""Offered columns: those of the index that a new column may be told of, and what is known of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from builders.reuse.known_columns import KnownColumn, KnownColumns
from builders.reuse.value_form import ValueForm, form_of
from builders.tile_table import tile_table_of
from definitions.columns import column_types, feature_columns
from definitions.fingerprint import column_fingerprint
from definitions.model import FeatureView, Repository
from definitions.relation import resolve_view
from featurestore.reuse.feature_index import is_offered
from featurestore.reuse.reuse import There
from featurestore.savings import RECENT_RUNS, seconds_of_last_build

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.registry.feature_columns import IndexedColumn
    from featurestore.registry.runs import Run

Timeline = tuple[str, int | None]


@dataclass
class OfferedColumns:
    """What is applied (`before`) and stays as it is in what would be (`after`), of views that are active and that
    everybody may know of; read for the columns `added` at once."""

    context: Context
    before: Repository
    after: Repository
    added: Sequence[IndexedColumn]
    by_reference: dict[str, IndexedColumn] = field(default_factory=dict)
    _known: dict[Timeline, KnownColumns] = field(default_factory=dict)
    _unchanged: dict[str, set[str]] = field(default_factory=dict)

    def known_on(self, timeline: Timeline) -> KnownColumns:
        """The columns of a timeline and window, those that most services use first."""
        if timeline not in self._known:
            ordered = sorted(
                self._on_timelines.get(timeline, ()), key=lambda each: (-len(each.services), each.reference)
            )
            self._known[timeline] = KnownColumns(KnownColumn(each.view, each.name, self.form(each)) for each in ordered)
        return self._known[timeline]

    def holding(self, tile_table: str) -> Mapping[str, Sequence[str]]:
        """For each slot of a tile table the references of the columns that are made of it."""
        return self._slots.get(tile_table, {})

    def of_formula(self, formula: str) -> Sequence[IndexedColumn]:
        """The columns that compute a formula, of whatever rows and whenever."""
        return self._formulas.get(formula, ())

    def get(self, reference: str) -> IndexedColumn | None:
        """One column by its reference; None if it is not offered."""
        view, _, name = reference.partition(":")
        found = self.context.registry.feature_columns.find(view, name)
        return None if found is None else next(self._offered((found,)), None)

    def seconds_of_last_build(self, column: IndexedColumn) -> float | None:
        """How long the last run took that built the tile table that a column is made of; None if none is known."""
        view = self.after.feature_views[column.view]
        table = tile_table_of(view, resolve_view(view, self.after.sources), self.after.entities[view.entity])
        return seconds_of_last_build(self._runs, table.label)

    def form(self, column: IndexedColumn) -> ValueForm:
        """What a column's value is; its view may have other columns before it by now."""
        view = self.after.feature_views[column.view]
        source = resolve_view(view, self.after.sources)
        named = next(each for each in feature_columns(view, source) if each.name == column.name)
        return form_of(named.feature, column_types(source))

    def there(self, found: IndexedColumn, wanted: IndexedColumn) -> There:
        """A column as it is told to whoever wants another."""
        versions = self.context.registry.definitions.versions("feature_view", found.view)
        theirs, mine = (self._keys_by_column(self.after.feature_views[each.view]) for each in (found, wanted))
        renamed = tuple((theirs[name], mine[name]) for name in theirs if mine.get(name, theirs[name]) != theirs[name])
        since = versions[0].created_at if versions else 0
        return There(found.reference, found.team, found.owner, since, found.services, renamed)

    def _keys_by_column(self, view: FeatureView) -> dict[str, str]:
        """What the entity calls the key that each column of the source holds."""
        return {view.keys.get(key, key): key for key in self.after.entities[view.entity].keys}

    def _offered(self, found: Iterable[IndexedColumn]) -> Iterator[IndexedColumn]:
        for each in found:
            stays = each.name in self._unchanged_in(each.view)
            if stays and each.state == "active" and is_offered(self.context, each):
                self.by_reference[each.reference] = each
                yield each

    def _unchanged_in(self, view: str) -> set[str]:
        """The columns of a view that are after as they were before."""
        if view not in self._unchanged:
            then, now = fingerprints(self.before, view), fingerprints(self.after, view)
            self._unchanged[view] = {name for name in then if then[name] == now.get(name)}
        return self._unchanged[view]

    @cached_property
    def _runs(self) -> Sequence[Run]:
        return self.context.registry.runs.recent(RECENT_RUNS)

    @cached_property
    def _on_timelines(self) -> Mapping[Timeline, Sequence[IndexedColumn]]:
        found = self.context.registry.feature_columns.on((each.timeline, each.window) for each in self.added)
        grouped: dict[Timeline, list[IndexedColumn]] = defaultdict(list)
        for each in self._offered(found):
            grouped[each.timeline, each.window].append(each)
        return grouped

    @cached_property
    def _slots(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        found = self.context.registry.feature_columns.of_tables(each.tile_table for each in self.added)
        tables: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for each in self._offered(found):
            for slot in each.slots:
                tables[each.tile_table][slot].append(each.reference)
        return tables

    @cached_property
    def _formulas(self) -> Mapping[str, Sequence[IndexedColumn]]:
        found = self.context.registry.feature_columns.with_formulas(each.formula for each in self.added)
        grouped: dict[str, list[IndexedColumn]] = defaultdict(list)
        for each in self._offered(found):
            grouped[each.formula].append(each)
        return grouped


def fingerprints(repository: Repository, view: str) -> dict[str, str]:
    """What each column of a view computes; nothing if there is no such view."""
    if view not in repository.feature_views:
        return {}
    declared = repository.feature_views[view]
    source, entity = resolve_view(declared, repository.sources), repository.entities[declared.entity]
    columns = feature_columns(declared, source)
    return {column.name: column_fingerprint(column, declared, source, entity) for column in columns}
