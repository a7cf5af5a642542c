"""A real HBase for all tests of a process, on ports of its own; it ends with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from online_hbase.admin import HBaseAdmin, open_admin
from online_hbase.site import Site
from online_hbase.store import BulkAccess, HBaseOnlineStore
from online_hbase.table_layout import table_name
from tests.journeys.shop import Shop
from tests.online_hbase.servers import settings_of, started

PREFIXES = 4

MakeTable = Callable[[], str]


@pytest.fixture(scope="session")
def hbase(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with started(tmp_path_factory.mktemp("hbase")) as site:
        yield site


@pytest.fixture(scope="session")
def admin(hbase: Site) -> Iterator[HBaseAdmin]:
    with open_admin(hbase) as admin:
        yield admin


@pytest.fixture(scope="session")
def make_table(admin: HBaseAdmin) -> MakeTable:
    """Makes an empty table and gives its prefix."""
    numbers = itertools.count()

    def make() -> str:
        prefix = f"t{next(numbers)}"
        admin.create_table(table_name(prefix), PREFIXES)
        return prefix

    return make


@pytest.fixture
def open_online(hbase: Site, make_table: MakeTable) -> Iterator[Callable[[], HBaseOnlineStore]]:
    """Each call opens the same new table once more."""
    prefix = make_table()
    opened: list[HBaseOnlineStore] = []

    def open_one() -> HBaseOnlineStore:
        opened.append(HBaseOnlineStore(settings_of(hbase), prefix, BulkAccess(partial(open_admin, hbase))))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def shops_on_hbase(hbase: Site, make_table: MakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shops keep their online rows in tables of the real HBase."""

    def online() -> str:
        return f"online: {{type: hbase, port: {hbase.ports.thrift}, table_prefix: {make_table()}}}\n"

    monkeypatch.setattr(Shop, "online", staticmethod(online))
