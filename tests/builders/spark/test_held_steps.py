"""Steps that are read more than once are done once; and a held query has no names of its own."""

from __future__ import annotations

import sqlglot

from builders.spark.held_steps import find_steps_to_hold
from builders.spark.statements import without_names
from tests.builders.planning import ARRIVALS, LATEST, plan, requested


def _held(form: str | None, *views: object) -> list[str]:
    planned = plan(requested(*views), form, None, "entity", moves_rows=True)  # type: ignore[arg-type]
    return [node.name for node in find_steps_to_hold(planned.frame)]


def test_a_source_that_one_form_reads_is_not_held() -> None:
    assert _held("tile join", ARRIVALS) == []


def test_a_source_that_two_forms_read_is_built_once() -> None:
    # What is no running value, as a maximum in a window, is joined beside the merge.
    assert _held("merge", ARRIVALS) == ["built_flights_by_airport_dest_1d"]


def test_a_merge_that_two_grids_read_builds_each_of_its_sources_once() -> None:
    held = _held("merge", ARRIVALS, LATEST)
    assert held[0] == "built_flights_by_airport_dest_1d"
    assert len(held) == len(set(held)) == 2


def test_named_steps_stand_where_they_are_read() -> None:
    query = sqlglot.parse_one(
        "WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a AS t) "
        "SELECT * FROM b JOIN a ON a.x = b.x JOIN c ON c.x = b.x",
        dialect="spark",
    )
    assert isinstance(query, sqlglot.exp.Query)
    assert without_names(query).sql("spark") == (
        "SELECT * FROM (SELECT x FROM (SELECT 1 AS x) AS t) AS b JOIN (SELECT 1 AS x) AS a ON a.x = b.x "
        "JOIN c ON c.x = b.x"
    )
    assert query.sql("spark").startswith("WITH a AS")
