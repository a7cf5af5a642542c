"""Whatever is served agrees with what its segments give again, whatever rows landed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import event, given

from definitions.model import FeatureView
from featurestore import FeatureStore
from featurestore.config import SkewConfiguration
from featurestore.registry import lookup_writer
from featurestore.skew import review_skew
from tests.oracle.scenario import Scenario, key_rows
from tests.oracle.strategies import scenarios
from tests.properties.world import World, all_keys, online_columns, parts, references, world_of

_MOST_KEYS = 10


@pytest.fixture(autouse=True, scope="module")
def kept_for_long() -> Iterator[None]:
    """The boundaries of a scenario may be further apart than look-ups are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup_writer, "KEPT_FOR", 2**60)
        yield


def _store(world: World, moment: int) -> FeatureStore:
    """A store that keeps all of its look-ups."""
    store = world.store(now=moment)
    store.configuration = replace(store.configuration, skew=SkewConfiguration(1.0))
    return store


def _look_up_one_by_one(store: FeatureStore, scenario: Scenario, view: FeatureView) -> int:
    """How many look-ups are of somebody; of a null key nothing is read."""
    _, entity = scenario.parts(view)
    keys = all_keys(scenario, view)[:_MOST_KEYS]
    for row in key_rows(entity, keys):
        store.get_online_features(references([view]), [row])
    return sum(None not in key for key in keys)


@parts
@given(scenarios())
def test_every_look_up_of_every_boundary_is_recomputed_and_agrees(scenario: Scenario) -> None:
    with world_of(scenario) as world:
        views = list(filter(online_columns, scenario.views))
        asked = dict.fromkeys((view.name for view in views), 0)
        for number, moment in enumerate(scenario.moments):
            store = _store(world, moment)
            store.materialize()
            for view in views:
                asked[view.name] += _look_up_one_by_one(store, scenario, view)
            assert store.flush_usage()
            if number == 0:
                world.land_late_files()
        world.store(now=scenario.moments[-1]).materialize()
        context = world.store()._context
        report = review_skew(context, context.applied(), asked)
        assert report.agrees, report
        assert {item.view: (item.kept, item.recomputed, item.gone) for item in report.views} == {
            name: (number, number, 0) for name, number in asked.items()
        }
        event("late data" if any(view.late for view in report.views) else "no late data")
