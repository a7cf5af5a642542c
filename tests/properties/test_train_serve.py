"""What online answers at an instant is the training row of that instant."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from definitions.durations import Duration
from definitions.model import FeatureView
from featurestore import FeatureStore
from tests.oracle.scenario import TIMESTAMP, Scenario
from tests.oracle.strategies import scenarios
from tests.oracle.values import Key, boundary
from tests.properties.agreement import assert_view_row, bits
from tests.properties.world import all_keys, frame, look_up, online_columns, parts, properties, world_of


def _assert_serving_is_training(store: FeatureStore, scenario: Scenario, instant: int, late: bool) -> None:
    for view in filter(online_columns, scenario.views):
        columns = online_columns(view)
        keys = all_keys(scenario, view)
        served = look_up(store, scenario, view, keys)
        for key, row in zip(keys, served, strict=True):
            assert_view_row(scenario, view, key, instant, row, late, columns)
        trained = _training_rows(store, scenario, view, keys, instant)
        assert bits(served) == bits([{name: row[name] for name in columns} for row in trained])


def _training_rows(
    store: FeatureStore, scenario: Scenario, view: FeatureView, keys: list[Key], instant: int
) -> list[dict[str, object]]:
    nothing = {name: None for entity in scenario.repository.entities.values() for name in entity.keys}
    own = scenario.parts(view)[1].keys
    spine = [{**nothing, **dict(zip(own, key, strict=True)), TIMESTAMP: instant} for key in keys]
    return frame(store, scenario, spine, views=[view])


@parts
@given(scenarios())
def test_a_look_up_after_materializing_is_the_training_row_of_that_instant(scenario: Scenario) -> None:
    with world_of(scenario, late=True) as world:
        store = world.store(now=scenario.moments[0])
        store.materialize()
        _assert_serving_is_training(store, scenario, scenario.moments[0], late=True)


@properties
@given(scenarios())
def test_look_ups_follow_training_rows_over_several_boundaries_and_late_rows(scenario: Scenario) -> None:
    with world_of(scenario) as world:
        for number, moment in enumerate(scenario.moments):
            store = world.store(now=moment)
            store.materialize()
            _assert_serving_is_training(store, scenario, moment, late=number > 0)
            if number == 0:
                world.land_late_files()


@properties
@given(scenarios(), st.data())
def test_a_look_up_later_in_the_same_hop_is_the_training_row_of_that_later_instant(
    scenario: Scenario, data: st.DataObject
) -> None:
    moment = scenario.moments[0]
    on_grid = [(view, view.every.microseconds) for view in scenario.views if isinstance(view.every, Duration)]
    assume(on_grid)
    with world_of(scenario, late=True) as world:
        world.store(now=moment).materialize()
        for view, hop in on_grid:
            next_change = boundary(view, moment) + view.delay.microseconds + hop
            later = data.draw(st.integers(moment, next_change - 1) | st.just(next_change - 1), label="later")
            keys = all_keys(scenario, view)
            served = look_up(world.store(now=later), scenario, view, keys)
            for key, row in zip(keys, served, strict=True):
                assert_view_row(scenario, view, key, later, row)
