"""Training frames are what the oracle says, wherever the tiles come from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import frame, parts, properties, world_of


@parts
@given(scenarios())
def test_a_frame_straight_from_the_sources_is_what_the_oracle_says(scenario: Scenario) -> None:
    with world_of(scenario, late=True) as world:
        assert_frame(scenario, frame(world.store(), scenario))


@parts
@given(scenarios())
def test_a_frame_from_materialized_tiles_is_what_the_oracle_says(scenario: Scenario) -> None:
    with world_of(scenario, late=True) as world:
        store = world.store()
        store.materialize()
        assert_frame(scenario, frame(store, scenario))


@properties
@given(scenarios())
def test_a_frame_partly_from_tiles_and_partly_from_the_sources_is_what_the_oracle_says(scenario: Scenario) -> None:
    with world_of(scenario, late=True) as world:
        store = world.store()
        store.materialize(end=scenario.moments[0])
        assert_frame(scenario, frame(store, scenario))


@properties
@given(scenarios())
def test_a_frame_that_asks_for_one_view_at_a_time_gives_what_all_views_together_give(scenario: Scenario) -> None:
    with world_of(scenario, late=True) as world:
        store = world.store()
        together = frame(store, scenario)
        for view in scenario.views:
            alone = frame(store, scenario, views=[view])
            assert alone == [{name: row[name] for name in alone[at]} for at, row in enumerate(together)]


@properties
@given(scenarios(), st.booleans())
def test_a_frame_is_the_same_to_the_bit_in_any_form(scenario: Scenario, materialized: bool) -> None:
    with world_of(scenario, late=True) as world:
        store = world.store()
        if materialized:
            store.materialize()
        merged = frame(store, scenario, form="merge")
        assert_frame(scenario, merged)
        assert bits(merged) == bits(frame(store, scenario, form="tile join"))
        assert bits(merged) == bits(frame(store, scenario, form="sliding frame"))
