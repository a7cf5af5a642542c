"""Lineage names all that a value depends on, and impact is lineage read backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given

from builders.lineage import Input
from definitions.model import FeatureService, Repository
from definitions.relation import names_read
from featurestore.impact import Impact
from featurestore.lineage import Lineage
from tests.oracle.joins import shape_of
from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import bits
from tests.properties.world import frame, properties, references, world_of


@properties
@given(scenarios())
def test_values_stay_as_they_are_whatever_becomes_of_columns_outside_their_lineage(scenario: Scenario) -> None:
    with world_of(scenario) as world:
        store = world.store()
        before = frame(store, scenario)
        for (name, read), columns in _by_inputs(scenario, store.lineage(*references(scenario.views))).items():
            source, rows = scenario.repository.sources[name], scenario.rows(name, late=False)
            unread = source.columns.keys() - read
            if unread and rows:
                world.replace_rows({name: [{**row, **dict.fromkeys(unread)} for row in rows]})
                after = frame(store, scenario)
                world.replace_rows({name: rows})
                assert _only(columns, before) == _only(columns, after), f"without {sorted(unread)}"


def _by_inputs(scenario: Scenario, lineage: Lineage) -> dict[tuple[str, frozenset[str]], list[str]]:
    """The names of feature columns by each source that their view reads and the columns of it that they depend on."""
    found: dict[tuple[str, frozenset[str]], list[str]] = {}
    for column in lineage.columns:
        for name in scenario.files.keys() & names_read(column.requested.view, scenario.repository.sources):
            read = frozenset(item.column for item in column.inputs if item.is_of(name, None))
            found.setdefault((name, read), []).append(column.requested.name)
    return found


def _only(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return bits([{name: row[name] for name in columns} for row in rows])


def _with_services(repository: Repository) -> Repository:
    """A service for all views, and one for the first column of each view under a prefix."""
    views = repository.feature_views
    firsts = [{"view": name, "features": [_first_column(repository, name)], "prefix": f"{name}_"} for name in views]
    services = {"everything": references(list(views.values())), "beginnings": firsts}
    declared = {
        name: FeatureService.model_validate({"name": name, "features": features}) for name, features in services.items()
    }
    return repository.model_copy(update={"feature_services": declared})


def _first_column(repository: Repository, view: str) -> str:
    feature = repository.feature_views[view].features[0]
    return f"{feature.name}_{feature.windows[0]}" if feature.windows else feature.name


Depends = set[tuple[str, str, str]]
"""The source, its column, and what depends on it."""


def _names(item: Input) -> tuple[str, ...]:
    """A union's column is one of each member too."""
    return (item.source, *item.members)


def _on_uses(lineage: Lineage) -> Depends:
    return {
        (name, item.column, f"{column.reference} as {use}")
        for column in lineage.columns
        for item in column.inputs
        for name in _names(item)
        for use in item.uses
    }


def _on_names(lineage: Lineage) -> Depends:
    return {
        (name, item.column, column.requested.name)
        for column in lineage.columns
        for item in column.inputs
        for name in _names(item)
    }


def _on_slots(lineage: Lineage) -> Depends:
    return {
        (name, item.column, f"{traced.table.name} {traced.slot.name}")
        for column in lineage.columns
        for traced in column.slots
        for item in traced.inputs
        for name in _names(item)
    }


def _source_columns(scenario: Scenario) -> Iterator[tuple[str, str]]:
    sources = scenario.repository.sources
    for name in sources:
        for column in shape_of(name, sources).columns:
            yield name, column


@properties
@given(scenarios())
def test_impact_is_the_inverse_of_lineage(scenario: Scenario) -> None:
    scenario = replace(scenario, repository=_with_services(scenario.repository))
    with world_of(scenario) as world:
        store = world.store()
        impacts = {key: store.impact(*key) for key in _source_columns(scenario)}
        everything = store.lineage(*references(scenario.views))
        assert _on_uses(everything) == {
            (*key, f"{column.reference} as {use}")
            for key, impact in impacts.items()
            for column in impact.columns
            for use in impact.uses_in(column)
        }
        assert _on_slots(everything) == {
            (*key, f"{table.name} {slot.name}")
            for key, impact in impacts.items()
            for table, slots in impact.slots.items()
            for slot in slots
        }
        for view in scenario.views:
            assert _on_names(store.lineage(view.name)) == {
                (*key, name)
                for key, impact in impacts.items()
                for dependent in impact.views
                if dependent.name == view.name
                for name in dependent.columns
            }
        for service in scenario.repository.feature_services:
            assert _on_names(store.lineage(service)) == {
                (*key, name)
                for key, impact in impacts.items()
                for dependent in impact.services
                if dependent.name == service
                for name in dependent.columns
            }
        for source in scenario.repository.sources:
            whole = store.impact(source)
            of_columns = [impact for (name, _), impact in impacts.items() if name == source]
            assert _reached([whole]) == _reached(of_columns)


def _reached(impacts: Sequence[Impact]) -> set[str]:
    """Whatever any of them reaches."""
    features = {column.reference for impact in impacts for column in impact.columns}
    offered = {f"{item.name} {name}" for impact in impacts for item in impact.views for name in item.columns}
    asked = {f"{item.name} {name}" for impact in impacts for item in impact.services for name in item.columns}
    return features | offered | asked
