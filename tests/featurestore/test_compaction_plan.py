"""Which segments become one: never of other slots, never across a cell, and nothing more the second time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.tile_table import TileTable
from definitions.durations import BEGINNING, DAY, floor_to_hop
from definitions.model import Entity, Source
from featurestore.compaction_plan import FEW, plan_compactions
from featurestore.registry.segments import NewSegment
from featurestore.segment_plan import SEGMENT_SPAN

HOUR = DAY // 24


def _table(hop: int | None = HOUR) -> TileTable:
    source = Source(name="orders", path="orders.parquet", timestamp="at", columns={"k": "bigint", "at": "timestamp"})
    return TileTable(source, Entity(name="customer", keys={"k": "bigint"}), ("k",), hop, "1h")


def _segment(start: int, end: int, slots: tuple[str, ...] = ("count",)) -> NewSegment:
    held = {name: (name,) for name in slots}
    return NewSegment(
        tile_table="t", start=start, end=end, path=f"{start}_{end}_{slots}", slots=held, inputs=(), rows=1, bytes=1,
        statistics={},
    )  # fmt: skip


def _daily(first: int, days: int, slots: tuple[str, ...] = ("count",)) -> list[NewSegment]:
    return [_segment((first + day) * DAY, (first + day + 1) * DAY, slots) for day in range(days)]


def _compacted(segments: list[NewSegment], table: TileTable | None = None) -> list[NewSegment]:
    """The segments as they are afterwards."""
    found = plan_compactions(table or _table(), segments)
    gone = {part.path for parts in found for part in parts}
    joined = [_segment(parts[0].start, parts[-1].end, tuple(parts[0].slots)) for parts in found]
    return sorted([*(item for item in segments if item.path not in gone), *joined], key=lambda item: item.start)


def test_a_few_days_stay_as_they_are() -> None:
    assert plan_compactions(_table(), _daily(0, FEW - 1)) == []


def test_days_become_a_week_and_a_complete_cell_one_segment() -> None:
    assert [len(parts) for parts in plan_compactions(_table(), _daily(0, FEW))] == [FEW]
    assert [len(parts) for parts in plan_compactions(_table(), _daily(0, 30))] == [30]


def test_the_first_segment_reaches_back_to_the_beginning_and_belongs_to_the_cell_that_it_ends_in() -> None:
    first = _segment(BEGINNING, 3 * DAY)
    assert _compacted([first, *_daily(3, 27)]) == [_segment(BEGINNING, 30 * DAY)]
    assert _compacted([first, *_daily(3, FEW)]) == [first, _segment(3 * DAY, (3 + FEW) * DAY)]


def test_a_gap_and_other_slots_keep_segments_apart() -> None:
    assert plan_compactions(_table(), [*_daily(0, 5), *_daily(6, 5)]) == []
    both = [*_daily(0, 30), *_daily(0, 30, ("sum",))]
    assert [{*parts[0].slots} for parts in plan_compactions(_table(), both)] == [{"count"}, {"sum"}]


def test_a_source_without_timestamp_has_nothing_to_compact() -> None:
    assert plan_compactions(_table(0), [_segment(BEGINNING, BEGINNING + 1)]) == []


@pytest.mark.parametrize(("length", "most"), [(DAY, 12 + 10), (HOUR, 12 + 24)])
def test_a_year_of_runs_leaves_few_segments_and_writes_each_tile_few_times(length: int, most: int) -> None:
    segments: list[NewSegment] = []
    written = counted = 0
    for number in range(365 * DAY // length):
        segments.append(_segment(number * length, (number + 1) * length))
        written += sum(parts[-1].end - parts[0].start for parts in plan_compactions(_table(), segments))
        segments = _compacted(segments)
        counted = max(counted, len(segments))
    assert counted <= most
    assert written <= 4 * 365 * DAY


@given(
    st.lists(st.tuples(st.integers(1, 200), st.sampled_from(["count", "sum"]), st.booleans()), max_size=60),
    st.integers(-50, 50),
)
def test_whatever_there_is_the_same_time_is_covered_by_the_same_slots_and_a_second_time_changes_nothing(
    pieces: list[tuple[int, str, bool]], first: int
) -> None:
    segments, place = [], first * DAY
    for hours, slot, gap in pieces:
        place += DAY if gap else 0
        segments.append(_segment(place, place + hours * HOUR, (slot,)))
        place += hours * HOUR
    found = plan_compactions(_table(), segments)
    taken = [part.path for parts in found for part in parts]
    assert len(taken) == len(set(taken))
    for parts in found:
        assert len({frozenset(part.slots) for part in parts}) == 1
        assert all(one.end == other.start for one, other in pairwise(parts))
        assert floor_to_hop(parts[0].start, SEGMENT_SPAN) == floor_to_hop(parts[-1].end - 1, SEGMENT_SPAN)
    assert plan_compactions(_table(), _compacted(segments)) == []
