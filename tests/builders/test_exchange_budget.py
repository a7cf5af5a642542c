"""What a plan says of the rows that have to move, and the statement that moves them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from builders.answers import FramePlan
from builders.engine import Exchange
from builders.explain import explain_plan
from builders.explained_exchanges import UnplannedExchangeWarning, explain_exchanges, warn_of_unplanned
from builders.layout import buckets_of, list_files
from builders.passes.budget_exchanges import budget_exchanges
from builders.spark.dialect import SparkDialect
from builders.spark.relations import Relations
from builders.sql.render import render
from tests.builders.planning import ARRIVALS, LATEST, SEATS, plan, requested, stored_days

GOLDEN = Path(__file__).parent / "spark" / "golden"


def _in_buckets(buckets: int, *views, days: int = 140, form=None) -> FramePlan:
    """A frame over days 100 to 130 whose tiles are stored in so many buckets."""
    columns = requested(*views)
    segments = {
        table: tuple(replace(item, file=f"offline/{table.label}/tiles_in_{buckets}_buckets") for item in held)
        for table, held in stored_days(columns, 0, days).items()
    }
    return plan(columns, form, segments, "entity", moves_rows=True)


CASES = {
    "tile_join_from_buckets": lambda: _in_buckets(8, ARRIVALS, form="tile join"),
    "merge_from_buckets": lambda: _in_buckets(8, ARRIVALS, LATEST, form="merge"),
    "buckets_and_source": lambda: _in_buckets(8, ARRIVALS, days=120, form="tile join"),
    "source_with_a_dimension": lambda: plan(requested(SEATS), None, None, "entity", moves_rows=True),
}


def _crossing(planned: FramePlan) -> list[tuple[str, str]]:
    return sorted((item.kind, item.what) for item in budget_exchanges(planned.frame))


@pytest.mark.parametrize("name", CASES)
def test_the_sql_on_spark_is_the_one_that_was_reviewed(name: str) -> None:
    sql = render(SparkDialect(Relations()), CASES[name]().frame) + "\n"
    file = GOLDEN / f"{name}.sql"
    if os.environ.get("FEATURESTORE_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(sql)
    assert sql == file.read_text()


def test_over_tiles_in_their_buckets_the_spine_moves_alone() -> None:
    assert _crossing(_in_buckets(8, ARRIVALS)) == [("shuffle", "spine")]
    assert _crossing(_in_buckets(8, ARRIVALS, LATEST)) == [("shuffle", "spine")]


def test_tiles_in_other_buckets_move_and_so_do_rows_of_the_source() -> None:
    assert _crossing(_in_buckets(16, ARRIVALS)) == [("shuffle", "spine"), ("shuffle", "tiles")]
    of_both = [("broadcast", "pairs"), ("shuffle", "source"), ("shuffle", "spine")]
    assert _crossing(_in_buckets(8, ARRIVALS, days=120)) == of_both


def test_where_nothing_has_to_move_nothing_is_budgeted() -> None:
    assert budget_exchanges(plan(requested(ARRIVALS)).frame) == ()


def test_what_was_seen_stands_beside_what_was_planned_and_the_rest_is_marked() -> None:
    planned = _in_buckets(8, ARRIVALS)
    (spine,) = budget_exchanges(planned.frame)
    moved = Exchange("shuffle", ", ".join(spine.by), ("carrier",), 100, 2_000)
    stray = Exchange("shuffle", "carrier, boundary", ("carrier", "boundary"), 5, 60)
    first, second = explain_exchanges((spine,), [stray, moved])
    assert (first.planned, first.seen) == (spine, moved)
    assert (second.planned, second.seen) == (None, stray)
    told = explain_plan(planned, "", [], [stray, moved])
    assert "the budget is exceeded" in told.text
    assert [item["planned"] for item in told.document["exchanges"]] == [True, False]
    with pytest.warns(UnplannedExchangeWarning, match="shuffle by carrier, boundary"):
        warn_of_unplanned((spine,), [stray, moved])


def test_a_budget_is_explained_before_anything_runs() -> None:
    told = explain_plan(_in_buckets(16, ARRIVALS), "", []).text
    assert "shuffle of spine by __key_airport: spine" in told
    assert "1 of 1 segments are not in 8 buckets; `featurestore compact` on Spark mends it" in told


def test_a_path_says_its_buckets_and_names_their_files() -> None:
    folder = Path("offline/table/build/0000/tiles_in_3_buckets")
    assert buckets_of(folder) == 3
    assert [file.name for file in list_files(folder)] == [f"bucket_0000{n}.parquet" for n in range(3)]
    file = Path("offline/table/build/0000/tiles.parquet")
    assert buckets_of(file) is None
    assert list_files(file) == [file]
