"""Lineage of a feature column: its source columns, what each does, its slots, and that SQL reads just these columns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from builders.duckdb import dialect
from builders.duckdb.engine import DuckDBEngine
from builders.lineage import ColumnLineage, trace_column
from builders.plan import BuildTiles, walk
from builders.planner import Form, SpineColumns, plan_frame
from builders.request import Inputs, Meeting, RequestedColumn, SourceFiles, inspect_relation
from builders.sql.render import render
from definitions.columns import feature_columns
from definitions.model import FeatureView, Repository, Source
from definitions.relation import resolve_view
from tests.builders.planning import ARRIVALS, FLIGHTS, LATEST, SEATS, SPINE, requested
from tests.builders.source_reading import columns_read, file_of
from tests.oracle.definition_strategies import repositories
from tests.properties.world import properties


def _source(**declared: Any) -> Source:
    return Source.model_validate({**FLIGHTS.model_dump(), **declared})


def _traced(source: Source = FLIGHTS, **feature: Any) -> ColumnLineage:
    view = FeatureView.model_validate(
        {**ARRIVALS.model_dump(), "every": ARRIVALS.every, "features": [{"name": "f", "agg": "sum", **feature}]}
    )
    return trace_column(requested(view, source=source)[0])


def _uses(column: ColumnLineage) -> dict[str, tuple[str, ...]]:
    return {item.column: item.uses for item in column.inputs}


def test_each_column_has_its_use() -> None:
    assert _uses(_traced(of="arr_delay", where="not cancelled")) == {
        "arr_delay": ("value",),
        "cancelled": ("filter",),
        "dest": ("key",),
        "arrived_at": ("timestamp",),
    }


def test_a_column_may_have_several_uses() -> None:
    traced = _traced(of="case when dest = 'JFK' then arr_delay end", where="arr_delay > 0 and arrived_at is not null")
    assert _uses(traced) == {
        "arr_delay": ("value", "filter"),
        "dest": ("value", "key"),
        "arrived_at": ("filter", "timestamp"),
    }


def test_a_count_of_rows_has_no_value() -> None:
    assert _uses(_traced(agg="count", where="distance > 100")) == {
        "distance": ("filter",),
        "dest": ("key",),
        "arrived_at": ("timestamp",),
    }


def test_a_source_without_timestamp_has_none_to_use() -> None:
    assert "arrived_at" not in _uses(_traced(_source(timestamp=None), agg="max", of="distance"))


@pytest.mark.parametrize(("agg", "breaks_ties"), [("last", True), ("first", True), ("max", False), ("mean", False)])
def test_a_tiebreak_matters_only_to_what_picks_a_row(agg: str, breaks_ties: bool) -> None:
    uses = _uses(_traced(_source(tiebreak="distance"), agg=agg, of="arr_delay"))
    assert uses.get("distance") == (("tiebreak",) if breaks_ties else None)


def test_dedupe_names_what_decides_and_everything_else_breaks_its_ties() -> None:
    source = _source(dedupe={"key": ("dest", "distance"), "by": "arr_delay"})
    assert _uses(_traced(source, agg="count")) == {
        "dest": ("key", "dedupe"),
        "arrived_at": ("timestamp",),
        "arr_delay": ("dedupe",),
        "distance": ("dedupe",),
        "cancelled": ("tiebreak",),
        "tailnum": ("tiebreak",),
    }


def test_a_join_names_what_it_is_on_and_what_decides_between_rows_of_the_dimension() -> None:
    seats, flights = (trace_column(column) for column in requested(SEATS))
    assert {(item.source, item.column): item.uses for item in seats.inputs} == {
        ("planes", "seats"): ("value", "tiebreak"),
        ("flights", "cancelled"): ("filter",),
        ("flights", "dest"): ("key",),
        ("flights", "tailnum"): ("join",),
        ("planes", "tailnum"): ("join",),
        ("flights", "arrived_at"): ("timestamp",),
        ("planes", "known_at"): ("timestamp",),
        ("planes", "entry"): ("tiebreak",),
        ("planes", "maker"): ("tiebreak",),
    }
    assert {item.source for item in flights.inputs} == {"flights"}


def test_a_column_of_a_union_is_one_of_each_member() -> None:
    united = trace_column(requested(ARRIVALS.model_copy(update={"source": "all_flights"}))[0])
    assert {item.source for item in united.inputs} == {"all_flights"}
    assert all(item.members == ("old_flights", "flights") for item in united.inputs)
    assert united.reads("flights", "dest") and united.reads("all_flights", "dest")
    assert not united.reads("flights", "distance")


def test_expressions_are_canonical_and_slots_are_those_of_the_plan() -> None:
    traced = _traced(of="arr_delay  *  1", agg="mean", where="NOT (cancelled)", windows=["7d"])
    respelled = _traced(of="arr_delay * 1", agg="mean", where="not cancelled", windows=["28d"])
    assert (traced.of, traced.where) == (respelled.of, "not cancelled")
    assert [item.slot.monoid for item in traced.slots] == ["sum", "count"]
    assert [item.slot for item in traced.slots] == [asked.slot for asked in traced.requested.slot_windows]
    assert traced.slots == respelled.slots


def test_two_views_that_share_a_slot_name_the_same_one() -> None:
    other = ARRIVALS.model_copy(update={"name": "again", "delay": LATEST.delay})
    for mine, theirs in zip(requested(ARRIVALS), requested(other), strict=True):
        one, two = trace_column(mine), trace_column(theirs)
        assert [(each.table.label, each.slot.name) for each in one.slots] == [
            (each.table.label, each.slot.name) for each in two.slots
        ]


def test_a_reference_has_the_version_that_is_pinned() -> None:
    column = requested(ARRIVALS)[0]
    assert trace_column(column).reference == "arrivals:flights_1d"
    assert trace_column(column, 2).reference == "arrivals@2:flights_1d"


def _sql(column: RequestedColumn, form: Form | None) -> list[str]:
    """The frame of one column straight from its source, and the build of each of its tile tables."""

    def inspect(source: Source) -> SourceFiles:
        return SourceFiles((file_of(source),), "TIMESTAMP" if source.timestamp else "", 1_000)

    inputs = Inputs(
        {},
        lambda source: inspect_relation(source, inspect),
        lambda asked: [Meeting(1_000, 1_000, 0, 1.0, 10.0) for _ in asked],
        {},
        DuckDBEngine.traits,
    )
    plan = plan_frame((column,), SpineColumns((), "event_timestamp", "TIMESTAMP"), SPINE, inputs, form)
    builds = [node for node in walk(plan.frame) if isinstance(node, BuildTiles)]
    return [render(dialect, node) for node in (plan.frame, *builds)]


def _columns(repository: Repository) -> list[RequestedColumn]:
    found = []
    for view in repository.feature_views.values():
        source, entity = resolve_view(view, repository.sources), repository.entities[view.entity]
        for column in feature_columns(view, source):
            found.append(RequestedColumn(column.name, column, view, source, entity, tuple(entity.keys)))
    return found


@properties
@given(repositories())
def test_sql_reads_the_columns_of_the_lineage_and_no_others(repository: Repository) -> None:
    for column in _columns(repository):
        expected = {
            (name, item.column) for item in trace_column(column).inputs for name in item.members or (item.source,)
        }
        for form in (None, "merge", "tile join"):
            for sql in _sql(column, form):
                assert columns_read(sql, column.source) == expected, sql
