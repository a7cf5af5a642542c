"""The newest value wins whatever was written, dropped and compacted before, and whatever any clock says."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from definitions.online_row import OnlineRow
from online_hbase import store as stores
from online_hbase.admin import HBaseAdmin
from online_hbase.store import HBaseOnlineStore
from online_hbase.table_layout import ABOUT

DAY = 86_400_000_000
YEAR_2100 = 4_102_444_800_000_000


def row(key: bytes, boundary: int, version: int = 1) -> OnlineRow:
    return OnlineRow(key, boundary, version, b"%s at %d.%d" % (key, boundary, version))


def loading(store: HBaseOnlineStore) -> Callable[[int, list[OnlineRow]], object]:
    """Writes rows as HFiles."""
    return lambda generation, rows: store.load(generation, rows, len(rows))


@pytest.fixture
def store(open_online: Callable[[], HBaseOnlineStore]) -> HBaseOnlineStore:
    return open_online()


@pytest.mark.parametrize("seed", range(4))
def test_any_history_with_loads_flushes_compactions_and_drops_leaves_the_newest(
    seed: int, store: HBaseOnlineStore, admin: HBaseAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "BULK_ROWS", 1)
    chance = random.Random(seed)
    expected: dict[int, dict[bytes, OnlineRow]] = {1: {}, 2: {}}
    for _ in range(25):
        generation = chance.choice([1, 2])
        match chance.choices(["write", "flush", "compact", "drop"], [10, 3, 1, 2])[0]:
            case "write":
                rows = [
                    row(
                        b"%d" % chance.randrange(6),
                        chance.choice([-1, 1]) * chance.randrange(0, 3_000),
                        chance.randrange(1, 4),
                    )
                    for _ in range(chance.randrange(1, 12))
                ]
                (store.write if chance.random() < 0.7 else loading(store))(generation, rows)
                for each in rows:
                    held = expected[generation].get(each.key)
                    if held is None or (each.boundary, each.version) >= (held.boundary, held.version):
                        expected[generation][each.key] = each
            case "flush":
                admin.flush(store.table)
            case "compact":
                admin.flush(store.table)
                admin.compact(store.table)
            case "drop":
                store.drop(generation)
                expected[generation] = {}
        for number, held in expected.items():
            keys = [b"%d" % each for each in range(6)]
            assert store.read(number, keys) == [held.get(key) for key in keys]
            assert sorted(store.keys(number)) == sorted(held)


def test_older_boundaries_can_be_written_again_after_a_drop(store: HBaseOnlineStore, admin: HBaseAdmin) -> None:
    store.write(1, [row(b"a", 10 * DAY)])
    store.drop(1)
    store.write(1, [row(b"a", 3 * DAY)])
    assert store.read(1, [b"a"]) == [row(b"a", 3 * DAY)]
    admin.flush(store.table)
    admin.compact(store.table)
    assert store.read(1, [b"a"]) == [row(b"a", 3 * DAY)]


def test_an_emptied_value_wins_over_a_late_write_of_an_older_boundary(
    store: HBaseOnlineStore, admin: HBaseAdmin
) -> None:
    emptied = OnlineRow(b"a", 5 * DAY, 8, b"nothing")
    store.write(1, [row(b"a", 5 * DAY, 7)])
    store.write(1, [emptied])
    for _ in range(2):
        store.write(1, [row(b"a", 5 * DAY, 7), row(b"a", 4 * DAY, 9)])
        assert store.read(1, [b"a"]) == [emptied]
        admin.flush(store.table)
        admin.compact(store.table)
        assert store.read(1, [b"a"]) == [emptied]


def test_boundaries_in_the_future_are_boundaries_like_others(store: HBaseOnlineStore, admin: HBaseAdmin) -> None:
    """A publisher whose clock is ahead writes what a later publisher cannot undo, and one still later can; the servers'
    own clocks decide nothing."""
    store.write(1, [row(b"a", YEAR_2100)])
    store.write(1, [row(b"a", YEAR_2100 - DAY)])
    assert store.read(1, [b"a"]) == [row(b"a", YEAR_2100)]
    store.write(1, [row(b"a", YEAR_2100 + 1)])
    assert store.read(1, [b"a"]) == [row(b"a", YEAR_2100 + 1)]
    store.drop(1)
    assert store.read(1, [b"a"]) == [None]
    assert store.is_empty()
    store.write(1, [row(b"a", DAY)])
    assert store.read(1, [b"a"]) == [row(b"a", DAY)]


def test_nothing_is_left_of_what_is_overwritten(store: HBaseOnlineStore, admin: HBaseAdmin) -> None:
    secret = OnlineRow(b"ann", 5 * DAY, 7, b"secret")
    emptied = OnlineRow(b"ann", 5 * DAY, 8, b"nothing")
    store.write(1, [secret])
    store.overwrite(1, [emptied])
    store.write(1, [secret])
    assert store.read(1, [b"ann"]) == [emptied]
    assert [list(cells.values()) for cells in _cells(store)] == [[b"nothing"]]
    admin.flush(store.table)
    admin.compact(store.table)
    assert [list(cells.values()) for cells in _cells(store)] == [[b"nothing"]]


def _cells(store: HBaseOnlineStore) -> list[dict[bytes, bytes]]:
    """All cells of entities, row by row."""
    found = store.pool.call("scan", lambda connection: list(connection.table(store.table).scan(row_stop=ABOUT)))
    return [cells for _, cells in found]


def test_what_a_newer_boundary_replaced_is_gone_from_the_table(store: HBaseOnlineStore) -> None:
    """Readers would take the newest anyway; but old cells would be read and carried along for ever."""
    for boundary in range(5):
        store.write(1, [row(b"a", boundary * DAY)])
    assert [len(cells) for cells in _cells(store)] == [1]


def test_a_reader_sees_within_a_second_that_another_process_dropped(
    open_online: Callable[[], HBaseOnlineStore],
) -> None:
    writer, reader = open_online(), open_online()
    writer.write(1, [row(b"a", 1)])
    assert reader.read(1, [b"a"]) == [row(b"a", 1)]
    writer.drop(1)
    assert reader.read(1, [b"a"]) == [None]
    writer.write(1, [row(b"a", 2)])
    time.sleep(1.1)
    assert reader.read(1, [b"a"]) == [row(b"a", 2)]
