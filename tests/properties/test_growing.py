"""Definitions that grow: what is added later is filled in for the past, and what was there stays as it was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from definitions.model import Repository
from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import frame, look_up, online_columns, properties, world_of


def _beginning_of(repository: Repository) -> Repository:
    """The first view alone, with its first feature over its first window."""
    view = next(iter(repository.feature_views.values()))
    feature = view.features[0].model_copy(update={"windows": view.features[0].windows[:1]})
    return repository.model_copy(
        update={"feature_views": {view.name: view.model_copy(update={"features": (feature,)})}}
    )


@properties
@given(scenarios())
def test_views_features_and_windows_added_later_equal_those_there_from_the_start(scenario: Scenario) -> None:
    small = replace(scenario, repository=_beginning_of(scenario.repository))
    with world_of(small, late=True) as world, world_of(scenario, late=True) as undisturbed:
        world.store(now=scenario.moments[0]).materialize()
        world.declare(scenario)
        store, from_the_start = world.store(), undisturbed.store()
        store.materialize()
        from_the_start.materialize()
        grown = frame(store, scenario)
        assert_frame(scenario, grown)
        assert bits(grown) == bits(frame(from_the_start, scenario))
        assert bits(grown) == bits(frame(store, scenario, form="merge"))
        for view in filter(online_columns, scenario.views):
            keys = scenario.spine_keys(scenario.parts(view)[1])
            served = look_up(store, scenario, view, keys)
            assert bits(served) == bits(look_up(from_the_start, scenario, view, keys))
