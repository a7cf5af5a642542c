"""Segment pointers: swapped all or nothing, readable at every version, never two for one slot and instant."""

from __future__ import annotations

import os
import random
import threading
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.errors import ConflictError, RequestError
from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry
from featurestore.registry.segments import NewSegment, Segment, SourceFile
from tests.journeys.processes import Say, start

_NAMES = iter(range(10**9))


def new(start: int, end: int, *slots: str, table: str = "tiles", **changes: Any) -> NewSegment:
    values: dict[str, Any] = {
        "tile_table": table,
        "start": start,
        "end": end,
        "path": f"{table}/{os.getpid()}-{next(_NAMES)}",
        "slots": {slot: (f"{slot}_n", f"{slot}_total") for slot in slots or ("clicks",)},
        "inputs": (SourceFile("data/a b'☃.parquet", 10, 1_370_089_800_123_456_789),),
        "rows": 3,
        "bytes": 2**40,
        "statistics": {"late": 0, "scale": -3, "range": [None, 1.5], "text": "ü"},
    }
    return NewSegment(**(values | changes))


def ids(segments: tuple[Segment, ...]) -> list[int]:
    return [segment.id for segment in segments]


def test_a_segment_comes_back_as_it_was_given(registry: Registry, lease: Lease) -> None:
    given_segment = new(-20, -10, "clicks", "clicks_sum")
    version = registry.segments.swap(lease, "tiles", [], [given_segment], 5)
    (found,) = registry.segments.current("tiles")
    assert found == Segment(
        **{name: getattr(given_segment, name) for name in NewSegment.__dataclass_fields__},
        id=found.id,
        version=version,
        created_at=5,
        superseded_at=None,
    )


def test_every_version_stays_readable(registry: Registry, lease: Lease) -> None:
    segments = registry.segments
    assert segments.latest_version() == 0 and segments.current("tiles") == ()
    first = segments.swap(lease, "tiles", [], [new(0, 10), new(10, 20)], 1)
    other = segments.swap(lease, "others", [], [new(0, 10, table="others")], 2)
    second = segments.swap(lease, "tiles", ids(segments.current("tiles"))[:1], [new(0, 10)], 3)
    third = segments.swap(lease, "tiles", ids(segments.current("tiles")), [], 4)
    assert (first, other, second, third) == (1, 2, 3, 4) and segments.latest_version() == 4
    assert [ids(segments.at("tiles", version)) for version in range(5)] == [[], [1, 2], [1, 2], [4, 2], []]
    assert segments.current("tiles") == ()
    assert ids(segments.current("others")) == [3]


def test_an_instant_has_the_version_that_stood_then_whatever_was_vacuumed(registry: Registry, lease: Lease) -> None:
    segments = registry.segments
    segments.swap(lease, "tiles", [], [new(0, 10)], 10)
    segments.swap(lease, "tiles", ids(segments.current("tiles")), [new(0, 10)], 20)
    segments.swap(lease, "tiles", ids(segments.current("tiles")), [], 30)
    segments.forget([1, 2], 40)
    assert [segments.version_at(instant) for instant in (9, 10, 19, 20, 29, 30, 99)] == [0, 1, 1, 2, 2, 3, 3]


def test_a_late_holder_swaps_nothing(registry: Registry, lease: Lease) -> None:
    registry.leases.acquire("flights", "second", 60, 60_000_000)
    with pytest.raises(ConflictError, match="went to second"):
        registry.segments.swap(lease, "tiles", [], [new(0, 10)], 1)
    assert registry.segments.latest_version() == 0 and registry.segments.paths() == set()


def test_a_segment_is_replaced_once(registry: Registry, lease: Lease) -> None:
    registry.segments.swap(lease, "tiles", [], [new(0, 10)], 1)
    (old,) = ids(registry.segments.current("tiles"))
    registry.segments.swap(lease, "tiles", [old], [new(0, 10)], 2)
    for gone in (old, 99):
        with pytest.raises(ConflictError, match=f"segments {gone} of tiles were replaced"):
            registry.segments.swap(lease, "tiles", [gone], [new(0, 10)], 3)
    with pytest.raises(ConflictError):
        registry.segments.swap(lease, "others", ids(registry.segments.current("tiles")), [], 3)
    assert registry.segments.latest_version() == 2


@pytest.mark.parametrize(
    ("start", "end", "slots", "fits"),
    [
        (20, 30, ("clicks",), True),
        (0, 10, ("clicks",), True),
        (15, 25, ("clicks",), False),
        (5, 11, ("clicks",), False),
        (12, 13, ("clicks",), False),
        (0, 99, ("views", "clicks"), False),
        (10, 20, ("views",), True),
    ],
)
def test_no_instant_has_one_slot_twice(
    registry: Registry, lease: Lease, start: int, end: int, slots: tuple[str, ...], fits: bool
) -> None:
    registry.segments.swap(lease, "tiles", [], [new(10, 20, "clicks", "sums")], 1)
    if fits:
        assert registry.segments.swap(lease, "tiles", [], [new(start, end, *slots)], 2) == 2
    else:
        with pytest.raises(ConflictError, match="tiles already has slot clicks from 1970-01-01T00:00:00"):
            registry.segments.swap(lease, "tiles", [], [new(start, end, *slots)], 2)
        assert registry.segments.latest_version() == 1
    registry.segments.swap(lease, "others", [], [new(start, end, *slots, table="others")], 3)


def test_two_added_segments_must_not_overlap_either(registry: Registry, lease: Lease) -> None:
    with pytest.raises(ConflictError):
        registry.segments.swap(lease, "tiles", [], [new(0, 10), new(9, 20)], 1)


def test_a_segment_of_another_table_or_of_no_time_is_refused(registry: Registry, lease: Lease) -> None:
    for wrong in (new(0, 10, table="others"), new(10, 10), new(10, 5)):
        with pytest.raises(RequestError):
            registry.segments.swap(lease, "tiles", [], [wrong], 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_history_of_swaps_reads_back_as_it_was(registry: Registry, data: st.DataObject) -> None:
    table = f"table {next(_NAMES)}"
    lease = registry.leases.acquire(table, "somebody", 60, 0)
    history: dict[int, list[int]] = {}
    covered: dict[int, NewSegment] = {}
    for now in range(data.draw(st.integers(1, 6))):
        remove = data.draw(st.lists(st.sampled_from(sorted(covered)), unique=True)) if covered else []
        start = data.draw(st.integers(0, 8))
        added = new(start, start + data.draw(st.integers(1, 4)), table=table)
        remaining = {key: one for key, one in covered.items() if key not in remove}
        overlapping = any(added.start < one.end and one.start < added.end for one in remaining.values())
        if overlapping:
            with pytest.raises(ConflictError):
                registry.segments.swap(lease, table, remove, [added], now)
            continue
        version = registry.segments.swap(lease, table, remove, [added], now)
        present = registry.segments.current(table)
        covered = {one.id: one for one in present}
        assert {one.path for one in present} == {one.path for one in remaining.values()} | {added.path}
        history[version] = ids(present)
    for version, expected in history.items():
        assert ids(registry.segments.at(table, version)) == expected


def test_vacuum_finds_and_forgets_what_was_superseded(registry: Registry, lease: Lease) -> None:
    registry.segments.swap(lease, "tiles", [], [new(0, 10, path="one"), new(10, 20, path="two")], 1)
    one, two = ids(registry.segments.current("tiles"))
    registry.segments.swap(lease, "tiles", [one], [new(0, 10, path="three")], 100)
    assert ids(registry.segments.superseded(100)) == []
    assert ids(registry.segments.superseded(101)) == [one]
    assert registry.segments.paths() == {"one", "two", "three"}
    registry.segments.forget([one, two], 102)
    assert registry.segments.paths() == {"two", "three"}
    assert ids(registry.segments.superseded(101)) == []
    assert [(one.path, one.vacuumed_at) for one in registry.segments.at("tiles", 1)] == [("one", 102), ("two", None)]
    registry.segments.forget([], 102)


def test_the_id_of_a_forgotten_segment_is_never_given_again(registry: Registry, lease: Lease) -> None:
    registry.segments.swap(lease, "tiles", [], [new(0, 10)], 1)
    (old,) = ids(registry.segments.current("tiles"))
    registry.segments.swap(lease, "tiles", [old], [], 2)
    registry.segments.forget([old], 3)
    registry.segments.swap(lease, "tiles", [], [new(0, 10)], 3)
    assert ids(registry.segments.current("tiles")) != [old]


def test_pinned_versions_are_known_until_they_are_given_back_or_run_out(registry: Registry) -> None:
    segments = registry.segments
    early, late, again = segments.pin(3, 100), segments.pin(1, 200), segments.pin(3, 300)
    assert len({early, late, again}) == 3
    assert segments.pinned_versions(99) == (1, 3)
    assert segments.pinned_versions(200) == (3,)
    segments.unpin(again)
    segments.unpin(again)
    assert segments.pinned_versions(100) == (1,)


def test_swaps_at_once_number_themselves_without_a_gap(registry: Registry) -> None:
    versions: list[int] = []

    def swap(table: str) -> None:
        lease = registry.leases.acquire(table, "somebody", 60, 0)
        for day in range(10):
            versions.append(registry.segments.swap(lease, table, [], [new(day, day + 1, table=table)], day))

    threads = [threading.Thread(target=swap, args=(f"tiles {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 41)) and registry.segments.latest_version() == 40


def test_a_swap_killed_in_the_middle_is_done_or_not_done(registry: Registry, url: str) -> None:
    """Each version replaces ten segments by ten; whoever reads sees ten of one version."""
    for attempt in range(1, 4):
        writer = start(_swap_for_ever, url, attempt)
        writer.wait_until("swaps")
        time.sleep(random.Random(attempt).uniform(0.02, 0.15))
        assert writer.kill()
        present = registry.segments.current("tiles")
        assert {segment.version for segment in present} <= {registry.segments.latest_version()}
        assert [segment.start for segment in present] in (list(range(10)), [])
    assert registry.segments.latest_version() > 0


def _swap_for_ever(say: Say, url: str, attempt: int) -> None:
    registry = Registry.open(url)
    lease = registry.leases.acquire("tiles", str(attempt), 1, attempt * 10_000_000)
    say(0, "swaps")
    while True:
        old = ids(registry.segments.current("tiles"))
        registry.segments.swap(lease, "tiles", old, [new(number, number + 1) for number in range(10)], 1)
