"""HFiles that HBase adopts hold what writing puts there, byte for byte, and the same rule says which value wins."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import happybase
import pytest

from definitions.errors import RequestError
from definitions.online_row import OnlineRow
from online_hbase import cell_files
from online_hbase import store as stores
from online_hbase.admin import HBaseAdmin, open_admin
from online_hbase.site import Site
from online_hbase.store import BulkAccess, HBaseOnlineStore
from online_hbase.table_layout import ABOUT
from tests.featurestore.online.conformance import AWKWARD_KEYS
from tests.online_hbase.conftest import MakeTable
from tests.online_hbase.servers import settings_of

DAY = 86_400_000_000


def row(key: bytes, boundary: int, version: int = 1) -> OnlineRow:
    return OnlineRow(key, boundary, version, b"%s at %d.%d" % (key[:50], boundary, version))


class Bulk(HBaseOnlineStore):
    """Writes nothing but HFiles."""

    def write(self, generation: int, rows: Iterator[OnlineRow] | Sequence[OnlineRow]) -> int:  # type: ignore[override]
        return self.load(generation, rows, stores.BULK_ROWS).rows


@pytest.fixture
def open_bulk(hbase: Site, make_table: MakeTable) -> Callable[[], Bulk]:
    prefix = make_table()
    return lambda: Bulk(settings_of(hbase), prefix, BulkAccess(partial(open_admin, hbase)))


@pytest.fixture
def bulk(open_bulk: Callable[[], Bulk]) -> Bulk:
    return open_bulk()


def cells_of(store: HBaseOnlineStore) -> dict[bytes, dict[bytes, tuple[bytes, int]]]:
    """All cells of entities that are in a table, with timestamps."""

    def scan(connection: happybase.Connection) -> dict[bytes, dict[bytes, tuple[bytes, int]]]:
        return dict(connection.table(store.table).scan(row_stop=ABOUT, include_timestamp=True))

    return store.pool.call("scan", scan)


def test_cells_are_those_of_a_write_byte_for_byte(bulk: Bulk, open_online: Callable[[], HBaseOnlineStore]) -> None:
    chance = random.Random(5)
    rows = [row(key, chance.randrange(-DAY, 9 * DAY), number) for number, key in enumerate(AWKWARD_KEYS)]
    rows += [row(b"long" * 5_000 + b"%d" % number, number) for number in range(3)]
    rows += [row(b"%d" % number, 7 * DAY) for number in range(500)]
    written = open_online()
    assert bulk.write(1, iter(rows)) == written.write(1, rows) == len(rows)
    assert cells_of(bulk) == cells_of(written)


def test_the_newest_wins_between_loads_and_writes(bulk: Bulk) -> None:
    put = partial(HBaseOnlineStore.write, bulk)
    put(1, [row(b"a", 5 * DAY), row(b"b", DAY), row(b"c", 3 * DAY, 9)])
    bulk.write(1, [row(b"a", 4 * DAY), row(b"b", 2 * DAY), row(b"c", 3 * DAY, 8), row(b"d", DAY)])
    found = [row(b"a", 5 * DAY), row(b"b", 2 * DAY), row(b"c", 3 * DAY, 9), row(b"d", DAY)]
    assert bulk.read(1, [b"a", b"b", b"c", b"d"]) == found
    put(1, [row(b"b", DAY, 99), row(b"d", 2 * DAY)])
    assert bulk.read(1, [b"a", b"b", b"c", b"d"]) == [*found[:3], row(b"d", 2 * DAY)]


def test_a_load_cleans_up_behind_itself(bulk: Bulk, admin: HBaseAdmin) -> None:
    for boundary in range(1, 4):
        bulk.write(1, [row(b"a", boundary * DAY), row(b"b", boundary * DAY)])
    assert [len(cells) for cells in cells_of(bulk).values()] == [1, 1]
    admin.compact(bulk.table)
    assert bulk.read(1, [b"a", b"b"]) == [row(b"a", 3 * DAY), row(b"b", 3 * DAY)]


def test_the_newest_of_a_key_in_one_load_wins(bulk: Bulk) -> None:
    rows = [row(b"a", 2, 1), row(b"a", 3, 1), row(b"a", 3, 2), row(b"a", 1, 9), OnlineRow(b"a", 3, 2, b"again")]
    assert bulk.write(1, rows) == 5
    assert bulk.read(1, [b"a"]) == [rows[-1]]


def test_cells_of_many_blocks_come_through(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_files, "_GATHERED", 700)
    monkeypatch.setattr(cell_files, "_IN_BLOCK", 90)
    monkeypatch.setattr(cell_files, "_BYTES_IN_BLOCK", 2_000)
    rows = [OnlineRow(b"%d" % number, 1, 1, b"x" * (number % 1_000)) for number in range(3_000)]
    bulk.write(1, rows)
    assert bulk.read(1, [each.key for each in rows]) == rows


def test_a_load_that_fails_leaves_nothing(bulk: Bulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for wrong, said in ((row(b"", 1), "empty key"), (OnlineRow(b"huge", 1, 1, b"x" * 11_000_000), "11,000,000 bytes")):
        with pytest.raises(RequestError, match=said):
            bulk.write(1, [row(b"a", 1), wrong])
    assert bulk.read(1, [b"a"]) == [None]
    assert list(tmp_path.iterdir()) == []


def test_few_rows_are_written_and_many_loaded(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "BULK_ROWS", 10)
    load = partial(HBaseOnlineStore.load, bulk)
    assert load(2, [row(b"c", DAY)], 9).how == "" and "clean_up" not in bulk.pool.metrics.latencies
    assert load(2, [row(b"c", 2 * DAY)], 9).how == "" and bulk.pool.metrics.latencies["clean_up"].calls == 1
    assert load(1, [row(b"a", 1)], 9).how == ""
    assert load(1, [row(b"b", 1)], 10).how == "as HFiles"
    assert bulk.read(1, [b"a", b"b"]) == [row(b"a", 1), row(b"b", 1)]
