"""Whatever a view computed and computes now: after a rollback readers are served what its former version trains."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from definitions.model import FeatureView
from featurestore import FeatureStore
from tests.oracle.definition_strategies import other_computations
from tests.oracle.scenario import TIMESTAMP, Scenario, spine_table
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_view_row, bits
from tests.properties.world import all_keys, look_up, online_columns, properties, world_of


def _assert_served(
    store: FeatureStore, scenario: Scenario, view: FeatureView, version: int, instant: int, late: bool
) -> None:
    """Look-ups answer what the oracle says of `view`, and what training on that version of it is told."""
    keys, columns = all_keys(scenario, view), online_columns(view)
    served = look_up(store, scenario, view, keys)
    for key, row in zip(keys, served, strict=True):
        assert set(row) == set(columns)
        assert_view_row(scenario, view, key, instant, row, late, columns)
    nothing = {name: None for entity in scenario.repository.entities.values() for name in entity.keys}
    own = scenario.parts(view)[1].keys
    asked = [{**nothing, **dict(zip(own, key, strict=True)), TIMESTAMP: instant} for key in keys]
    trained = store.get_historical_features(
        spine_table(scenario, asked), [f"{view.name}@{version}:{column}" for column in columns]
    )
    assert bits(served) == bits(trained.to_arrow().select(columns).to_pylist())


@properties
@given(scenarios(), st.data())
def test_a_rollback_serves_the_earlier_version_until_it_is_released(scenario: Scenario, data: st.DataObject) -> None:
    other = replace(scenario, repository=data.draw(other_computations(scenario.repository), label="other"))
    first, *later = scenario.moments
    pairs = [
        (one, two)
        for one, two in zip(scenario.views, other.views, strict=True)
        if one != two and online_columns(one) and online_columns(two)
    ]
    assume(pairs)
    with world_of(scenario) as world:
        world.store(now=first).materialize()
        world.declare(other)
        world.store(now=first).materialize()
        store = world.store(now=first)
        rolled = []
        for one, two in pairs:
            generations = store.get_generations(one.name)
            if len(generations) == 2:
                store.publish(views=[one.name], generation=generations[0].number)
                rolled.append((one, two))
        assume(rolled)
        for one, _ in rolled:
            _assert_served(world.store(now=first), scenario, one, 1, first, late=False)
        world.land_late_files()
        for moment in (first, *later):
            world.store(now=moment).materialize()
            for one, _ in rolled:
                _assert_served(world.store(now=moment), scenario, one, 1, moment, late=True)
        moment = scenario.moments[-1]
        for one, two in rolled:
            world.store(now=moment).publish(views=[one.name], generation="latest")
            _assert_served(world.store(now=moment), other, two, 2, moment, late=True)
