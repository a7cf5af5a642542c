"""What cannot be is refused in words, without a stack of Java, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from definitions.errors import ConfigurationError, OnlineStoreError, RequestError
from definitions.online_row import OnlineRow
from online_hbase.admin import HBaseAdmin
from online_hbase.site import Site
from online_hbase.store import HBaseOnlineStore
from online_hbase.table_layout import LAYOUT_COLUMN, LAYOUT_ROW
from tests.online_hbase.servers import settings_of


@pytest.mark.parametrize("size", [1, 1_023, 1_024, 1_025, 32_766, 32_767, 32_768, 200_000])
def test_keys_of_any_length_are_kept(size: int, open_online: Callable[[], HBaseOnlineStore]) -> None:
    store = open_online()
    rows = [OnlineRow(b"a" * size, 1, 1, b"first"), OnlineRow(b"a" * (size - 1) + b"b", 1, 1, b"second")]
    store.write(1, rows)
    assert store.read(1, [row.key for row in rows]) == rows
    assert sorted(store.keys(1)) == [row.key for row in rows]


def test_a_value_beyond_what_hbase_takes_is_named_and_those_before_are_kept(
    open_online: Callable[[], HBaseOnlineStore],
) -> None:
    store = open_online()
    before = [OnlineRow(b"%d" % number, 1, 1, b"value") for number in range(2_000)]
    with pytest.raises(RequestError, match=r"the online row of b'huge' has 11,000,000 bytes, HBase takes 10,000,000"):
        store.write(1, [*before, OnlineRow(b"huge", 1, 1, b"x" * 11_000_000)])
    assert store.read(1, [row.key for row in before]) == before
    largest = OnlineRow(b"large", 1, 1, b"x" * 9_900_000)
    store.write(1, [largest])
    assert store.read(1, [b"large", b"huge"]) == [largest, None]


def test_a_table_that_is_not_there_says_how_it_is_made(hbase: Site) -> None:
    store = HBaseOnlineStore(settings_of(hbase), "nowhere")
    said = (
        r"there is no table nowhere_online_rows at .*; make it with `featurestore hbase create`, or in HBase's shell: "
    )
    with pytest.raises(ConfigurationError, match=said + "create 'nowhere_online_rows', {NAME => 'v', VERSIONS => 1"):
        store.read(1, [b"a"])


def test_a_table_of_another_layout_is_refused(
    hbase: Site, admin: HBaseAdmin, open_online: Callable[[], HBaseOnlineStore]
) -> None:
    store = open_online()
    store.write(1, [OnlineRow(b"a", 1, 1, b"value")])
    newer = {LAYOUT_COLUMN: b"2 4"}
    store.pool.call("put", lambda connection: connection.table(store.table).put(LAYOUT_ROW, newer))
    with pytest.raises(ConfigurationError, match="has layout 2, this version reads layout 1; choose another"):
        open_online().read(1, [b"a"])
    store.pool.call("delete", lambda connection: connection.table(store.table).delete(LAYOUT_ROW))
    with pytest.raises(ConfigurationError, match="has no layout of ours"):
        open_online().write(1, [OnlineRow(b"a", 1, 1, b"value")])


@pytest.mark.parametrize("generation", [-1, 2**32])
def test_a_generation_that_has_no_place_in_a_row_key_is_refused(
    generation: int, open_online: Callable[[], HBaseOnlineStore]
) -> None:
    with pytest.raises(RequestError, match=f"generation {generation} is outside of 0 to"):
        open_online().read(generation, [b"a"])


def test_an_error_of_java_is_told_in_its_first_line(admin: HBaseAdmin) -> None:
    with pytest.raises(OnlineStoreError) as raised:
        admin.drop_table("nowhere")
    assert str(raised.value) == "removing the table nowhere: TableNotFoundException: nowhere"
