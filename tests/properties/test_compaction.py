"""Compaction changes no value and nothing online; earlier frames are in `test_earlier_frames`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import FORMS, Form, World, compact, frame, look_up, online_columns, properties, world_of


def _materialize_in_cuts(world: World, compacting: bool) -> None:
    """A run at every moment, late rows after the first, and one at the end; compacted after any of them, or never."""
    for number, moment in enumerate(world.scenario.moments):
        world.store().materialize(end=moment)
        if compacting:
            compact(world.store())
        if number == 0:
            world.land_late_files()
    world.store().materialize()
    if compacting:
        compact(world.store())


@properties
@given(scenarios(), st.sampled_from(FORMS))
def test_frames_and_look_ups_of_compacted_tiles_equal_those_of_others_to_the_bit(
    scenario: Scenario, form: Form | None
) -> None:
    with world_of(scenario) as compacted, world_of(scenario) as other:
        _materialize_in_cuts(compacted, compacting=True)
        _materialize_in_cuts(other, compacting=False)
        answered = frame(compacted.store(), scenario, form=form)
        assert_frame(scenario, answered)
        assert bits(answered) == bits(frame(other.store(), scenario, form=form))
        for view in filter(online_columns, scenario.views):
            keys = scenario.spine_keys(scenario.parts(view)[1])
            served = look_up(compacted.store(), scenario, view, keys)
            assert bits(served) == bits(look_up(other.store(), scenario, view, keys))


@properties
@given(scenarios())
def test_nothing_is_published_because_of_a_compaction(scenario: Scenario) -> None:
    with world_of(scenario) as world:
        for moment in scenario.moments:
            world.store().materialize(end=moment)
        world.store().materialize()
        compact(world.store())
        assert all(report.boundary is None for report in world.store().publish())
        assert world.store().materialize().did_nothing
