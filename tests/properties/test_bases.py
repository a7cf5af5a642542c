"""With bases in place of old tiles every value is what it is without them, to the bit, and what the oracle says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from definitions.durations import DAY
from definitions.model import Repository
from featurestore import FeatureStore, segment_plan
from featurestore.bases import drop_bases
from featurestore.registry.bases import Base
from tests.oracle.scenario import TIMESTAMP, Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import assert_frame, bits
from tests.properties.world import FORMS, Form, World, frame, look_up, online_columns, parts, properties, world_of


@pytest.fixture(autouse=True, scope="module")
def short_cells() -> Iterator[None]:
    """Cells of a day, at whose ends bases are made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_plan, "SEGMENT_SPAN", DAY)
        yield


def _bases(store: FeatureStore) -> list[Base]:
    context = store._context
    tables = {column.table.name for column in context.applied().all_columns()}
    return [base for name in sorted(tables) for base in context.registry.bases.of(name)]


def _run_in_cuts(world: World, data: st.DataObject) -> None:
    """Runs up to some instants, whose order is their own, with the late files after the first."""
    scenario = world.scenario
    known = [row["known_at"] for name in scenario.files for row in scenario.rows(name) if row["known_at"] is not None]
    ends = st.sampled_from([*known, *scenario.moments]).flatmap(lambda at: st.integers(at, at + 3 * DAY))
    for number, end in enumerate(data.draw(st.lists(ends, max_size=3), label="ends")):
        world.store().materialize(min(end, scenario.now), full=data.draw(st.booleans(), label="full"))
        if number == 0:
            world.land_late_files()
    world.land_late_files()
    world.store().materialize()


def _assert_bases_change_nothing(world: World, form: Form | None) -> None:
    """The frame with the bases there are, also of early rows, and look-ups; then all of it without bases."""
    scenario, store = world.scenario, world.store()
    event("bases" if _bases(store) else "no bases")
    with_bases = frame(store, scenario, form=form)
    assert_frame(scenario, with_bases)
    late = [{**row, TIMESTAMP: scenario.now} for row in scenario.spine]
    of_now = frame(store, scenario, late, form=form)
    assert_frame(scenario, of_now, late)
    drop_bases(store._context, _bases(store))
    assert bits(with_bases) == bits(frame(store, scenario, form=form))
    assert bits(of_now) == bits(frame(store, scenario, late, form=form))


@properties
@given(scenarios(), st.data(), st.sampled_from(FORMS))
def test_a_frame_with_bases_is_the_one_without_to_the_bit_however_runs_are_cut(
    scenario: Scenario, data: st.DataObject, form: Form | None
) -> None:
    with world_of(scenario) as world:
        _run_in_cuts(world, data)
        _assert_bases_change_nothing(world, form)


@properties
@given(scenarios(), st.data())
def test_online_rows_with_bases_are_those_without_to_the_bit(scenario: Scenario, data: st.DataObject) -> None:
    with world_of(scenario) as world, world_of(scenario, late=True) as without:
        _run_in_cuts(world, data)
        store = without.store()
        store.materialize(publish=False)
        drop_bases(store._context, _bases(store))
        store.publish()
        for view in filter(online_columns, scenario.views):
            keys = scenario.spine_keys(scenario.parts(view)[1])
            served = look_up(world.store(), scenario, view, keys)
            assert bits(served) == bits(look_up(without.store(), scenario, view, keys))


@properties
@given(scenarios(), st.sampled_from(FORMS))
def test_a_base_that_lacks_slots_added_later_stands_in_for_the_others(scenario: Scenario, form: Form | None) -> None:
    view = next(iter(scenario.repository.feature_views.values()))
    small = view.model_copy(update={"features": view.features[:1]})
    repository: Repository = scenario.repository.model_copy(update={"feature_views": {small.name: small}})
    with world_of(replace(scenario, repository=repository), late=True) as world:
        world.store().materialize()
        world.declare(scenario)
        # Only the frame meets the bases of before; its own slots come from the source.
        assert_frame(scenario, frame(world.store(), scenario, form=form))
        world.store().materialize()
        _assert_bases_change_nothing(world, form)


@parts
@given(scenarios())
def test_late_rows_before_a_base_are_in_the_next_frame(scenario: Scenario) -> None:
    with world_of(scenario) as world:
        world.store().materialize()
        world.land_late_files()
        world.store().materialize()
        _assert_bases_change_nothing(world, None)
