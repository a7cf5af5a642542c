"""Regions: what a plan towards an even layout says, and that merging and splitting keep every row and keep serving."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from definitions.online_row import OnlineRow
from online_hbase.admin import HBaseAdmin
from online_hbase.regions import (
    MEGABYTE,
    Region,
    RegionLoad,
    find_hot,
    measure_loads,
    plan_merges,
    plan_splits,
)
from online_hbase.store import HBaseOnlineStore

ROWS = 6_000


def find_gaps(regions: Sequence[Region]) -> list[tuple[bytes, bytes]]:
    """Ends and beginnings of neighbours that do not meet; none in a table that is whole."""
    ends, starts = [b"", *(region.end for region in regions)], [*(region.start for region in regions), b""]
    return [pair for pair in zip(ends, starts, strict=True) if pair[0] != pair[1]]


def region(place: int, megabytes: int = 1, reads: int = 0, writes: int = 0, last: int = 9) -> Region:
    start, end = (b"" if place == 0 else b"%d" % place), (b"" if place == last else b"%d" % (place + 1))
    return Region(f"r{place}", "one:1", start, end, 1, megabytes * MEGABYTE, 0, reads, writes)


def load(place: int, requests: float, megabytes: int = 1) -> RegionLoad:
    return RegionLoad(region(place, megabytes), requests, 0.0)


def merged(*sizes: int, at_least: int = 1) -> list[list[str]]:
    regions = [region(place, size, last=len(sizes) - 1) for place, size in enumerate(sizes)]
    plan = plan_merges(regions, 100 * MEGABYTE, at_least)
    return [[each.name for each in merge.regions] for merge in plan]


def test_neighbours_that_are_small_together_become_one() -> None:
    assert merged(10, 20, 30, 90, 5, 80, 15) == [["r0", "r1", "r2"], ["r3", "r4"], ["r5", "r6"]]
    assert merged(60, 60, 60) == []
    assert merged(150, 10) == []


def test_regions_with_another_between_them_are_no_neighbours() -> None:
    assert plan_merges([region(0), region(2)], 100 * MEGABYTE) == []


def test_as_many_regions_are_left_as_there_have_to_be() -> None:
    assert merged(1, 1, 1, 1, at_least=3) == [["r0", "r1"]]
    assert merged(1, 1, 1, at_least=3) == []


def test_a_region_is_hot_beside_others() -> None:
    assert [each.region.name for each in find_hot([load(0, 10), load(1, 900), load(2, 20)])] == ["r1"]
    assert find_hot([load(0, 0), load(1, 40), load(2, 0)]) == []
    assert find_hot([load(0, 1_000), load(1, 900)]) == []
    assert find_hot([load(0, 1_000)]) == []


def test_what_is_hot_or_large_is_split() -> None:
    splits = plan_splits([load(0, 10), load(1, 900), load(2, 20, 250)], 100 * MEGABYTE)
    assert [(each.region.name, each.reason) for each in splits] == [
        ("r1", "it gets 900 requests a second"),
        ("r2", "it holds 250 MB"),
    ]


def test_loads_are_what_was_asked_between_two_looks() -> None:
    before = [region(0, reads=100, writes=10), region(1, reads=500)]
    after = [region(0, reads=300, writes=10), region(1, reads=40), region(2, writes=20)]
    loads = measure_loads(before, after, 2.0)
    assert [(each.reads_per_second, each.writes_per_second) for each in loads] == [(100, 0), (20, 0), (0, 10)]


def test_neighbours_that_do_not_meet_are_found() -> None:
    assert find_gaps([region(place, last=3) for place in range(4)]) == []
    assert find_gaps([region(place, last=3) for place in (0, 1, 3)]) == [(b"2", b"3")]


@pytest.fixture
def store(open_online: Callable[[], HBaseOnlineStore]) -> HBaseOnlineStore:
    store = open_online()
    store.write(1, [row(number) for number in range(ROWS)])
    return store


def row(number: int, boundary: int = 1_000) -> OnlineRow:
    return OnlineRow(b"key %d" % number, boundary, 1, b"key %d at %d" % (number, boundary) + b"." * 300)


def test_what_hbase_counts_of_regions_is_told(store: HBaseOnlineStore, admin: HBaseAdmin) -> None:
    regions = admin.regions(store.table)
    assert len(regions) == 5 and find_gaps(regions) == []
    assert [each.start for each in regions] == [b"", b"\x01", b"\x02", b"\x03", b"\xff"]
    assert {each.server for each in regions} == set(admin.servers())
    store.read(1, [b"key %d" % number for number in range(1_000)])
    loads = measure_loads(regions, admin.regions(store.table), 1.0)
    assert sum(each.reads_per_second for each in loads) >= 1_000
    assert all(each.reads_per_second > 150 for each in loads[:4]), "keys are spread evenly"


def test_merging_and_splitting_under_load_keep_every_row_and_keep_serving(
    store: HBaseOnlineStore, admin: HBaseAdmin
) -> None:
    done, wrong, boundaries = threading.Event(), [], []

    def check() -> None:
        number = 0
        while not done.is_set():
            numbers = [(number + step) % ROWS for step in range(0, ROWS, 40)]
            for asked, found in zip(numbers, store.read(1, [b"key %d" % each for each in numbers]), strict=True):
                if found is None or found != row(asked, found.boundary):
                    wrong.append((asked, found))
            number += 1

    def write() -> None:
        while not done.is_set():
            boundary = 2_000 + len(boundaries) * 1_000
            store.write(1, [row(number, boundary) for number in range(ROWS)])
            boundaries.append(boundary)

    threads = [threading.Thread(target=check), threading.Thread(target=check), threading.Thread(target=write)]
    for thread in threads:
        thread.start()
    try:
        admin.flush(store.table)
        for merge in plan_merges(admin.regions(store.table), 100 * MEGABYTE, at_least=2):
            admin.merge(merge.regions)
        assert len(admin.regions(store.table)) == 2
        admin.split(admin.regions(store.table)[0])
        admin.split(admin.regions(store.table)[1])
        assert len(admin.regions(store.table)) == 4 and find_gaps(admin.regions(store.table)) == []
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert wrong == [] and len(boundaries) > 1
    keys = [b"key %d" % number for number in range(ROWS)]
    assert store.read(1, keys) == [row(number, boundaries[-1]) for number in range(ROWS)]
    assert store.count(1) == ROWS


def test_a_snapshot_is_what_the_table_was(store: HBaseOnlineStore, admin: HBaseAdmin) -> None:
    admin.snapshot(store.table, "before")
    store.write(1, [row(0, 9_000)])
    assert [snapshot.name for snapshot in admin.snapshots(store.table)] == ["before"]
    admin.restore_snapshot(store.table, "before")
    assert store.read(1, [b"key 0", b"key 1"]) == [row(0), row(1)]
    admin.delete_snapshot("before")
    assert admin.snapshots(store.table) == []
