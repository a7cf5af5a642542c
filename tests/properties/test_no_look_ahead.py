"""Rows known at t or after never change a value at t: not by being there, not by changing, not by going away."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.expressions import Row
from tests.oracle.scenario import TIMESTAMP, Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import bits
from tests.properties.world import frame, properties, world_of


def _with_another_future(rows: list[Row], instant: int, timestamp: str | None, data: st.DataObject) -> list[Row]:
    """The rows with those from `instant` on each dropped, doubled in value, moved on, or kept."""
    if timestamp is None:
        return rows
    kept: list[Row] = []
    for row in rows:
        if row[timestamp] is None or row[timestamp] < instant:
            kept.append(row)
            continue
        change = data.draw(st.sampled_from(["drop", "extreme", "move", "add", "keep"]), label="change")
        if change == "extreme":
            kept.append({**row, "amount": data.draw(st.sampled_from([1e308, -1e16, 0.1, 5e-324, None]))})
        elif change == "move":
            kept.append({**row, timestamp: row[timestamp] + data.draw(st.sampled_from([1, 3_600_000_000]))})
        elif change == "add":
            kept += [row, {**row, timestamp: row[timestamp] + 1, "event_id": 99, "amount": 1e16}]
        elif change == "keep":
            kept.append(row)
    return kept


@properties
@given(scenarios(), st.booleans(), st.data())
def test_another_future_gives_the_same_values_to_the_bit(
    scenario: Scenario, materialized: bool, data: st.DataObject
) -> None:
    instant = scenario.moments[-1]
    past = replace(scenario, spine=tuple({**row, TIMESTAMP: min(row[TIMESTAMP], instant)} for row in scenario.spine))
    other = {
        name: _with_another_future(scenario.rows(name), instant, source.timestamp, data)
        for name, source in scenario.repository.sources.items()
    }
    with world_of(past, late=True) as world, world_of(past) as otherwise:
        otherwise.replace_rows(other)
        answers = []
        for store in (world.store(), otherwise.store()):
            if materialized:
                store.materialize()
            answers.append(bits(frame(store, past)))
        assert answers[0] == answers[1]


@properties
@given(scenarios(), st.data())
def test_another_future_in_the_tiles_that_are_there_gives_the_same_values_to_the_bit(
    scenario: Scenario, data: st.DataObject
) -> None:
    instant = scenario.moments[-1]
    past = replace(scenario, spine=tuple({**row, TIMESTAMP: min(row[TIMESTAMP], instant)} for row in scenario.spine))
    with world_of(past, late=True) as world:
        world.store().materialize()
        before = bits(frame(world.store(), past))
        world.replace_rows(
            {
                name: _with_another_future(scenario.rows(name), instant, source.timestamp, data)
                for name, source in scenario.repository.sources.items()
            }
        )
        world.store().materialize()
        assert bits(frame(world.store(), past)) == before
