"""However the work is cut into runs, and whenever rows land, the tiles end up the same to the bit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import FORMS, Form, World, frame, look_up, online_columns, parts, properties, world_of


def _materialize_in_cuts(world: World, by_clock: bool) -> None:
    """A run at every moment and one at the end; late rows land after the first, to be late or just new."""
    for number, moment in enumerate(world.scenario.moments):
        if by_clock:
            world.store(now=moment).materialize()
        else:
            world.store().materialize(end=moment)
        if number == 0:
            world.land_late_files()
    world.store().materialize()


@properties
@given(scenarios(), st.booleans(), st.sampled_from(FORMS))
def test_incremental_in_any_cuts_with_late_rows_equals_full_to_the_bit(
    scenario: Scenario, by_clock: bool, form: Form | None
) -> None:
    with world_of(scenario) as world, world_of(scenario, late=True) as undisturbed:
        _materialize_in_cuts(world, by_clock)
        undisturbed.store().materialize()
        incremental = frame(world.store(), scenario, form=form)
        assert_frame(scenario, incremental)
        assert bits(incremental) == bits(frame(undisturbed.store(), scenario, form=form))
        world.store().materialize(full=True)
        assert bits(incremental) == bits(frame(world.store(), scenario, form=form))


@parts
@given(scenarios(), st.booleans())
def test_online_rows_after_cuts_with_late_rows_equal_those_of_one_run_to_the_bit(
    scenario: Scenario, by_clock: bool
) -> None:
    with world_of(scenario) as world, world_of(scenario, late=True) as undisturbed:
        _materialize_in_cuts(world, by_clock)
        undisturbed.store().materialize()
        for view in filter(online_columns, scenario.views):
            keys = scenario.spine_keys(scenario.parts(view)[1])
            served = look_up(world.store(), scenario, view, keys)
            assert bits(served) == bits(look_up(undisturbed.store(), scenario, view, keys))


@parts
@given(scenarios())
def test_materializing_twice_changes_no_value(scenario: Scenario) -> None:
    with world_of(scenario, late=True) as world:
        world.store().materialize()
        once = frame(world.store(), scenario)
        world.store().materialize()
        assert bits(once) == bits(frame(world.store(), scenario))
