"""Whatever ranges runs are cut into, in whatever order, compacted between them or not: never a wrong value meanwhile,
and the same bits afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.durations import DAY
from definitions.errors import RequestError
from featurestore import segment_plan
from tests.oracle.scenario import TIMESTAMP, Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import World, compact, frame, look_up, online_columns, properties, world_of


@pytest.fixture(autouse=True, scope="module")
def short_segments() -> Iterator[None]:
    """Segments of two days, so that ranges end between many of them, and inside some that become one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_plan, "SEGMENT_SPAN", 2 * DAY)
        yield


def _run_ranges(world: World, data: st.DataObject, late: bool = False) -> None:
    """Some runs over ranges of any size and order, and some without a start."""
    scenario = world.scenario
    timestamps = [row["known_at"] for name in scenario.files for row in scenario.rows(name)]
    known = [instant for instant in timestamps if instant is not None] or [scenario.now - DAY]
    instants = st.sampled_from([*known, *scenario.moments]).flatmap(lambda at: st.integers(at - 2 * DAY, at + 2 * DAY))
    for number in range(data.draw(st.integers(1, 4), label="runs")):
        start = data.draw(st.none() | instants, label="start")
        end = data.draw(st.integers(1, 40 * DAY), label="length") + (min(known) if start is None else start)
        if start is not None and start >= scenario.now:
            continue
        world.store().materialize(min(end, scenario.now), start=start, full=data.draw(st.booleans(), label="full"))
        if late and number == 0:
            world.land_late_files()
        if data.draw(st.booleans(), label="compact"):
            compact(world.store())
        if not late:
            _assert_no_value_is_wrong(world)


def _assert_no_value_is_wrong(world: World) -> None:
    scenario = world.scenario
    assert_frame(scenario, frame(world.store(), scenario))
    for view in filter(online_columns, scenario.views):
        try:
            (fresh,) = world.store().get_online_features([f"{view.name}:*"], []).freshness
        except RequestError:
            continue
        timed = scenario.parts(view)[0].timestamp is not None
        instant = fresh.watermark + view.delay.microseconds if timed else scenario.now
        asked = [{**row, TIMESTAMP: instant} for row in scenario.spine]
        keys = [tuple(row[name] for name in scenario.parts(view)[1].keys) for row in asked]
        columns = online_columns(view)
        trained = frame(world.store(), scenario, asked, views=[view])
        served = look_up(world.store(now=instant), scenario, view, keys)
        assert bits(served) == bits([{name: row[name] for name in columns} for row in trained])


def _assert_same_as_one_run(world: World, undisturbed: World) -> None:
    scenario = world.scenario
    assert bits(frame(world.store(), scenario)) == bits(frame(undisturbed.store(), scenario))
    for view in filter(online_columns, scenario.views):
        keys = scenario.spine_keys(scenario.parts(view)[1])
        served = look_up(world.store(), scenario, view, keys)
        assert bits(served) == bits(look_up(undisturbed.store(), scenario, view, keys))


@properties
@given(scenarios(), st.data())
def test_no_range_makes_a_value_wrong_and_all_of_them_end_as_one_run_to_the_bit(
    scenario: Scenario, data: st.DataObject
) -> None:
    with world_of(scenario, late=True) as world, world_of(scenario, late=True) as undisturbed:
        _run_ranges(world, data)
        world.store().materialize()
        undisturbed.store().materialize()
        _assert_same_as_one_run(world, undisturbed)


@properties
@given(scenarios(), st.data())
def test_ranges_around_late_rows_end_as_one_run_to_the_bit(scenario: Scenario, data: st.DataObject) -> None:
    with world_of(scenario) as world, world_of(scenario, late=True) as undisturbed:
        _run_ranges(world, data, late=True)
        world.land_late_files()
        world.store().materialize()
        undisturbed.store().materialize()
        _assert_same_as_one_run(world, undisturbed)
