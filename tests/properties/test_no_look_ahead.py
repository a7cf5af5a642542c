"""Rows known at t or after never change a value at t: not by being there, not by changing, not by going away."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.expressions import Row
from tests.oracle.scenario import TIMESTAMP, Scenario
from tests.oracle.strategies import scenarios
from tests.properties.agreement import bits
from tests.properties.world import FORMS, Form, frame, properties, world_of

_AMOUNTS = st.sampled_from([1e308, -1e16, 0.1, 5e-324, float("nan"), None])
_STEPS = st.sampled_from([0, 1, 3_600_000_000, 30 * 86_400_000_000])


def _with_another_future(rows: list[Row], instant: int, timestamp: str | None, data: st.DataObject) -> list[Row]:
    """The rows before `instant` as they are; those from then on dropped, changed, moved or kept, and new ones."""
    if timestamp is None:
        return rows
    other = [row for row in rows if row[timestamp] is None or row[timestamp] < instant]
    for row in rows:
        if row[timestamp] is not None and row[timestamp] >= instant:
            change = data.draw(st.sampled_from(["drop", "change", "move", "keep"]), label="what becomes of a row")
            if change == "change":
                other.append({**row, _changing(row): data.draw(_AMOUNTS)})
            elif change == "move":
                other.append({**row, timestamp: row[timestamp] + data.draw(_STEPS)})
            elif change == "keep":
                other.append(row)
    if rows:
        copied = data.draw(st.lists(st.sampled_from(rows), max_size=4), label="rows that come again")
        other += [
            {**row, timestamp: instant + data.draw(_STEPS), _changing(row): data.draw(_AMOUNTS)} for row in copied
        ]
    return other


def _changing(row: Row) -> str:
    """The column of doubles that a source or a dimension has."""
    return "amount" if "amount" in row else "weight"


def _until_some_instant(scenario: Scenario, data: st.DataObject) -> tuple[Scenario, int]:
    """The scenario with no question after an instant that has, if possible, something before and after it."""
    instants = sorted({*scenario.moments, *(row[TIMESTAMP] for row in scenario.spine)})
    instant = data.draw(st.sampled_from(instants), label="instant")
    spine = tuple({**row, TIMESTAMP: min(row[TIMESTAMP], instant)} for row in scenario.spine)
    return replace(scenario, spine=spine), instant


@properties
@given(scenarios(), st.booleans(), st.sampled_from(FORMS), st.data())
def test_another_future_gives_the_same_values_to_the_bit(
    scenario: Scenario, materialized: bool, form: Form | None, data: st.DataObject
) -> None:
    past, instant = _until_some_instant(scenario, data)
    other = {
        name: _with_another_future(scenario.rows(name), instant, source.timestamp, data)
        for name, source in scenario.repository.sources.items()
        if name in scenario.files
    }
    with world_of(past, late=True) as world, world_of(past) as otherwise:
        otherwise.replace_rows(other)
        answers = []
        for store in (world.store(), otherwise.store()):
            if materialized:
                store.materialize()
            answers.append(bits(frame(store, past, form=form)))
        assert answers[0] == answers[1]


@properties
@given(scenarios(), st.sampled_from(FORMS), st.data())
def test_another_future_in_the_tiles_that_are_there_gives_the_same_values_to_the_bit(
    scenario: Scenario, form: Form | None, data: st.DataObject
) -> None:
    past, instant = _until_some_instant(scenario, data)
    with world_of(past, late=True) as world:
        world.store().materialize()
        before = bits(frame(world.store(), past, form=form))
        world.replace_rows(
            {
                name: _with_another_future(scenario.rows(name), instant, source.timestamp, data)
                for name, source in scenario.repository.sources.items()
                if name in scenario.files
            }
        )
        world.store().materialize()
        assert bits(frame(world.store(), past, form=form)) == before
