"""How long tiles are kept changes no value, neither of frames, also of what is no longer kept, nor online."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.durations import DAY, Duration, parse_duration
from definitions.model import FeatureView
from featurestore import segment_plan
from tests.oracle.scenario import Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import World, all_keys, compact, frame, look_up, online_columns, properties, world_of


@pytest.fixture(autouse=True, scope="module")
def short_segments() -> Iterator[None]:
    """Segments of a day, so that many are dropped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_plan, "SEGMENT_SPAN", DAY)
        yield


def _keeping(view: FeatureView) -> FeatureView:
    """The view without what is over all history, kept no longer than it must; as it is where nothing else is left."""
    windowed = tuple(feature for feature in view.features if feature.windows)
    if not windowed:
        return view
    hop = view.every.microseconds if isinstance(view.every, Duration) else 0
    longest = max(window.microseconds for feature in windowed for window in feature.windows)
    keep = parse_duration(f"{-(-(longest + hop) // 1_000_000)}s")
    return view.model_copy(update={"features": windowed, "keep": keep})


def _with(scenario: Scenario, views: dict[str, FeatureView]) -> Scenario:
    return replace(scenario, repository=scenario.repository.model_copy(update={"feature_views": views}))


def _run(world: World, publishing: list[bool], compacting: bool) -> None:
    """A run at every moment, each published or not, late rows after the first, and one at the end."""
    for number, moment in enumerate((*world.scenario.moments, world.scenario.now)):
        publish = moment == world.scenario.now or publishing[number % len(publishing)]
        world.store().materialize(end=moment, publish=publish)
        if compacting:
            compact(world.store())
        if number == 0:
            world.land_late_files()


@properties
@given(scenarios(), st.lists(st.booleans(), min_size=1, max_size=4), st.booleans())
def test_values_are_those_of_a_store_that_keeps_everything(
    scenario: Scenario, publishing: list[bool], compacting: bool
) -> None:
    kept = {name: _keeping(view) for name, view in scenario.repository.feature_views.items()}
    keeping = _with(scenario, kept)
    forever = _with(scenario, {name: view.model_copy(update={"keep": None}) for name, view in kept.items()})
    with world_of(keeping) as world, world_of(forever) as other:
        _run(world, publishing, compacting)
        _run(other, publishing, compacting)
        answered = frame(world.store(), keeping)
        assert_frame(keeping, answered)
        assert bits(answered) == bits(frame(other.store(), forever))
        for view in filter(online_columns, keeping.views):
            keys = all_keys(keeping, view)
            served = look_up(world.store(), keeping, view, keys)
            assert bits(served) == bits(look_up(other.store(), forever, view, keys))
        assert world.store().materialize().did_nothing
