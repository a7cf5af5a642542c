"""The SQL of each form as people review it. Write the files anew with FEATURESTORE_GOLDEN=write."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from builders.bases import plan_base
from builders.duckdb import dialect
from builders.duckdb.engine import DuckDBEngine
from builders.entities import plan_entities, ranges_in_reach
from builders.plan import BuildTiles, Node, walk
from builders.request import Inputs, Meeting, RelationFiles, SourceFiles, needed_slots
from builders.sql.render import render
from definitions.durations import BEGINNING, DAY
from definitions.model import FeatureView
from tests.builders.planning import (
    ARRIVALS,
    ENDLESS,
    HABITS,
    LATEST,
    SEATS,
    SPINE,
    base_at,
    plan,
    requested,
    stored_days,
)

GOLDEN = Path(__file__).parent / "golden"


def _tile_build(view: FeatureView = ARRIVALS) -> Node:
    return next(node for node in walk(plan(requested(view)).frame) if isinstance(node, BuildTiles))


def _entities() -> Node:
    columns = requested(ARRIVALS)
    inputs = Inputs(
        stored_days(columns, 0, 140),
        lambda _: RelationFiles((SourceFiles((), "", 0),)),
        lambda asked: [Meeting(0, 0, 0, 0.0, 0.0) for _ in asked],
        {},
        DuckDBEngine.traits,
    )
    return plan_entities(columns, ranges_in_reach(columns, SPINE.last), inputs)


def _frame_with_base() -> Node:
    """Counts by value over all history."""
    endless = HABITS.model_copy(update={"features": HABITS.features[-2:]})
    columns = requested(endless)
    segments = {table: (replace(held[0], start=BEGINNING),) for table, held in stored_days(columns, 0, 140).items()}
    return plan(columns, None, segments, bases=[base_at(columns, 90)]).frame


def _merge_with_base() -> Node:
    columns = requested(ENDLESS)
    segments = {table: (replace(held[0], start=BEGINNING),) for table, held in stored_days(columns, 0, 140).items()}
    return plan(columns, "merge", segments, bases=[base_at(columns, 90)]).frame


def _base_build() -> Node:
    columns = requested(HABITS)
    ((table, segments),) = stored_days(columns, 0, 90).items()
    begun = replace(segments[0], start=BEGINNING)
    inputs = Inputs(
        {table: (begun,)},
        lambda _: RelationFiles((SourceFiles((), "", 0),)),
        lambda asked: [Meeting(0, 0, 0, 0.0, 0.0) for _ in asked],
        {},
        DuckDBEngine.traits,
        lambda _: (base_at(columns, 60),),
    )
    return plan_base(table, needed_slots(columns)[table], 90 * DAY, inputs)


CASES = {
    "tile_build": _tile_build,
    "tile_build_with_a_join": lambda: _tile_build(SEATS),
    "tile_build_of_a_union": lambda: _tile_build(ARRIVALS.model_copy(update={"source": "all_flights"})),
    "merge_from_segments": lambda: _frame("merge", stored=(0, 140)),
    "merge_of_an_entity_in_one_union": lambda: _frame("merge", (ARRIVALS, LATEST), stored=(0, 140), scope="entity"),
    "tile_join_from_segments": lambda: _frame("tile join", stored=(0, 140)),
    "segments_and_source": lambda: _frame("tile join", stored=(0, 120)),
    "latest_from_source": lambda: _frame("tile join", (LATEST,)),
    "latest_merged_from_source": lambda: _frame("merge", (LATEST,)),
    "sliding_frame_from_segments": lambda: _frame("sliding frame", stored=(0, 140)),
    "collections_from_source": lambda: _frame(None, (HABITS,)),
    "collections_from_segments": lambda: _frame(None, (HABITS,), stored=(0, 140)),
    "counts_from_a_base": _frame_with_base,
    "merge_from_a_base": _merge_with_base,
    "base_build": _base_build,
    "entities_in_reach": _entities,
}


def _frame(form, views=(ARRIVALS,), stored=None, scope="table"):
    columns = requested(*views)
    return plan(columns, form, stored_days(columns, *stored) if stored else None, scope).frame


@pytest.mark.parametrize("name", CASES)
def test_the_sql_of_a_form_is_the_one_that_was_reviewed(name: str) -> None:
    sql = render(dialect, CASES[name]()) + "\n"
    file = GOLDEN / f"{name}.sql"
    if os.environ.get("FEATURESTORE_GOLDEN") == "write":
        file.write_text(sql)
    assert sql == file.read_text()
