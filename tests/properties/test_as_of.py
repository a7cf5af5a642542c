"""Batch scoring lists exactly the entities that have something, with the values a frame would have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from featurestore import FeatureStore
from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.oracle.values import entities_with_rows
from tests.properties.agreement import assert_view_row
from tests.properties.world import properties, references, world_of


def _assert_listing(store: FeatureStore, scenario: Scenario, instant: int) -> None:
    for view in scenario.views:
        source, entity = scenario.parts(view)
        listed = store.get_features_as_of(instant, references([view])).to_arrow().to_pylist()
        found = [tuple(row[name] for name in entity.keys) for row in listed]
        assert len(set(found)) == len(found), f"an entity is listed twice for {view.name}"
        assert set(found) == entities_with_rows(source, entity, view, scenario.rows_of(view), instant), view.name
        for key, row in zip(found, listed, strict=True):
            assert_view_row(scenario, view, key, instant, row)


@properties
@given(scenarios(), st.booleans())
def test_all_entities_with_a_row_in_any_window_are_listed_with_their_values(
    scenario: Scenario, materialized: bool
) -> None:
    with world_of(scenario, late=True) as world:
        store = world.store()
        if materialized:
            store.materialize()
        for instant in scenario.moments:
            _assert_listing(store, scenario, instant)
