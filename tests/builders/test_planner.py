"""What the planner decides, seen in the plan itself."""

from __future__ import annotations

from dataclasses import replace

from builders.duckdb import dialect
from builders.explain import explain_plan
from builders.forms import Merge, TileJoin
from builders.plan import BuildTiles, Node, ReadBase, ReadSegments, ReadSource, Tiles, walk
from builders.request import needed_slots
from builders.sql.render import render
from definitions.durations import BEGINNING, DAY
from tests.builders.planning import ARRIVALS, ENDLESS, FLIGHTS, LATEST, base_at, plan, requested, stored_days


def _nodes(frame_plan, kind):
    return [node for node in walk(frame_plan.frame) if isinstance(node, kind)]


def test_twenty_views_with_the_same_slots_scan_the_source_once_and_hold_each_slot_once() -> None:
    views = [ARRIVALS.model_copy(update={"name": f"arrivals_{number}"}) for number in range(20)]
    twenty, one = plan(requested(*views)), plan(requested(ARRIVALS))
    assert len(_nodes(twenty, ReadSource)) == len(_nodes(twenty, Tiles)) == 1
    assert _nodes(twenty, BuildTiles)[0].slots == _nodes(one, BuildTiles)[0].slots
    assert len(twenty.frame.outputs) == 20 * len(one.frame.outputs)


def test_another_window_of_a_feature_needs_no_other_slot() -> None:
    more = ARRIVALS.model_dump(mode="json")
    more["features"][0]["windows"] = ["1d", "2d", "3d", "7d", "14d", "28d"]
    slots = [_nodes(plan(requested(view)), BuildTiles)[0].slots for view in (ARRIVALS, type(ARRIVALS)(**more))]
    assert slots[0] == slots[1]


def test_a_merge_puts_a_probe_at_the_boundary_and_one_before_it_per_distinct_window() -> None:
    merge = _nodes(plan(requested(ARRIVALS), "merge"), Merge)[0]
    assert merge.probes[0].offsets == (0, DAY, 7 * DAY)


def test_a_windowed_maximum_is_joined_even_where_a_merge_is_asked_for() -> None:
    joins = _nodes(plan(requested(ARRIVALS), "merge"), TileJoin)
    assert [window.slot.monoid for join in joins for window in join.slot_windows] == ["max"]


def test_an_entity_scope_puts_all_tile_tables_of_the_entity_into_one_union() -> None:
    merges = _nodes(plan(requested(ARRIVALS, LATEST), "merge", scope="entity"), Merge)
    assert [len(merge.tiles) for merge in merges] == [2]


def test_many_tiles_an_entity_are_merged_and_few_are_joined() -> None:
    endless = LATEST.model_dump(mode="json")
    endless["features"][0]["ttl"] = None
    columns = requested(type(LATEST)(**endless))
    ((table, (segment,)),) = stored_days(columns, 0, 140).items()
    dense = {table: (replace(segment, start=BEGINNING, rows=5_000_000, entities=100),)}
    sparse = {table: (replace(segment, start=BEGINNING, rows=5_000, entities=5_000),)}
    assert [choice.form for choice in plan(columns, None, dense, rows=100_000).choices] == ["merge"]
    assert [choice.form for choice in plan(columns, None, sparse).choices] == ["tile join"]


def test_a_short_reach_joins_where_a_long_one_merges() -> None:
    """A pair meets only the tiles inside its windows, however many the entity has."""
    columns = requested(LATEST)
    ((table, (segment,)),) = stored_days(columns, 0, 140).items()
    dense = {table: (replace(segment, rows=5_000_000, entities=100),)}
    assert [choice.form for choice in plan(columns, None, dense).choices] == ["tile join"]


def test_only_what_segments_do_not_cover_is_built_from_the_source() -> None:
    columns = requested(ARRIVALS)
    mixed = plan(columns, None, stored_days(columns, 0, 120))
    (read,) = _nodes(mixed, ReadSource)
    assert (read.start, read.end) == (120 * DAY, 129 * DAY)
    assert len(_nodes(mixed, ReadSegments)) == 1


def test_segments_with_limbs_far_apart_are_read_without_those_in_between() -> None:
    columns = requested(ARRIVALS)
    ((table, (segment,)),) = stored_days(columns, 0, 140).items()
    tiny = {name: (-12, -11) if limbs else limbs for name, limbs in segment.slots.items()}
    halves = (replace(segment, end=115 * DAY), replace(segment, start=115 * DAY, slots=tiny))
    (read,) = _nodes(plan(columns, "merge", {table: halves}), ReadSegments)
    assert {held.limbs for held in read.slots if held.slot.is_in_limbs} == {(-12, -11, 0)}


def test_a_ttl_bounds_how_far_back_rows_are_read() -> None:
    (read,) = _nodes(plan(requested(LATEST)), ReadSource)
    assert read.start == 97 * DAY


def test_a_slot_is_named_by_what_it_computes_and_not_by_how_it_is_spelled() -> None:
    other = ARRIVALS.model_dump(mode="json")
    other["features"][1]["where"] = "NOT  (cancelled)"
    other["features"][1]["name"] = "delay"
    names = [
        {held.slot.name for held in _nodes(plan(requested(view)), BuildTiles)[0].slots}
        for view in (ARRIVALS, type(ARRIVALS)(**other))
    ]
    assert names[0] == names[1]


def test_two_sources_of_the_same_files_share_tiles_though_each_declares_columns_of_its_own() -> None:
    declared = {"dest": "string", "air_time": "double", "arrived_at": "timestamp"}
    other = FLIGHTS.model_validate({**FLIGHTS.model_dump(mode="json"), "name": "durations", "columns": declared})
    view = ARRIVALS.model_validate(
        {
            **ARRIVALS.model_dump(mode="json"),
            "name": "durations",
            "source": "durations",
            "features": [{"name": "air_time", "agg": "mean", "of": "air_time", "windows": ["7d"]}],
        }
    )
    both = plan((*requested(ARRIVALS), *requested(view, source=other)))
    assert len(_nodes(both, ReadSource)) == 1
    assert '"air_time"' in render(dialect, both.frame)


def test_a_windowed_maximum_slides_where_a_join_would_bring_many_tiles_to_many_pairs() -> None:
    exact = ARRIVALS.model_copy(update={"every": "exact"})
    columns = requested(exact)
    ((table, (segment,)),) = stored_days(columns, 0, 140).items()
    dense = {table: (replace(segment, rows=1_000_000, entities=100),)}
    forms = {choice.form for choice in plan(columns, None, dense, rows=100_000).choices}
    assert forms == {"merge", "sliding frame"}
    assert {choice.form for choice in plan(columns, None, dense, rows=10).choices} == {"tile join"}


def test_two_tables_that_people_call_the_same_have_steps_of_their_own() -> None:
    other = FLIGHTS.model_copy(update={"path": "data/others.parquet"})
    again = ARRIVALS.model_copy(update={"name": "again"})
    columns = (*requested(ARRIVALS), *requested(again, source=other))
    stored = {}
    for table, (segment,) in stored_days(columns, 60, 120).items():
        # A second segment with fewer slots is read in a step of its own.
        some = dict(list(segment.slots.items())[:1])
        stored[table] = (segment, replace(segment, start=120 * DAY, end=140 * DAY, slots=some))
    steps: dict[str, Node] = {}

    def visit(node: Node) -> None:
        assert steps.setdefault(node.name, node) == node, node.name
        for below in node.inputs:
            visit(below)

    visit(plan(columns, segments=stored).frame)
    assert sum(isinstance(node, ReadSegments) for node in steps.values()) == 4


def _since_ever(columns):
    return {table: (replace(held[0], start=BEGINNING),) for table, held in stored_days(columns, 0, 140).items()}


def _reads(columns, bases):
    """The boundary of the base that a frame reads, if any, and the tiles it reads beside it: slots and range."""
    planned = plan(columns, None, _since_ever(columns), bases=bases)
    read = _nodes(planned, ReadSegments)
    base = [part.end // DAY for part in read if isinstance(part, ReadBase)]
    others = [part for part in read if not isinstance(part, ReadBase)]
    return base, {(part.start, part.end // DAY): len(part.slots) for part in others}


def test_the_newest_base_that_no_window_reaches_is_read_with_the_tiles_since() -> None:
    columns = requested(ENDLESS)
    bases = [base_at(columns, day) for day in (60, 93, 94, 120)]
    # The first boundary is day 100, and a week before it is what the longest window sees.
    assert _reads(columns, bases) == ([93], {(93 * DAY, 130): 4})
    assert _reads(columns, bases[2:]) == ([], {(BEGINNING, 130): 4})


def test_slots_that_no_base_holds_are_read_from_the_beginning_and_the_others_are_not() -> None:
    columns = requested(ENDLESS)
    (names,) = [[slot.name for slot in slots] for slots in needed_slots(columns).values()]
    held = [name for name in names if not name.startswith("max")]
    assert _reads(columns, [base_at(columns, 90, held)]) == ([90], {(BEGINNING, 90): 1, (90 * DAY, 130): 4})
    # A newer one that holds fewer would have all tiles read for more slots.
    bases = [base_at(columns, 80, held), base_at(columns, 90, held[:1])]
    assert _reads(columns, bases)[0] == [80]


def test_windows_alone_read_no_base() -> None:
    columns = requested(ARRIVALS)
    assert _reads(columns, [base_at(columns, 60)])[0] == []


def test_explain_says_what_a_base_stands_for() -> None:
    columns = requested(ENDLESS)
    planned = plan(columns, None, _since_ever(columns), bases=[base_at(columns, 90)])
    assert "1 base of 1970-04-01 in place of 3 segments, 1 stored segments" in explain_plan(planned, "", ()).text
