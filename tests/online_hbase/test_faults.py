"""Servers that die and refuse: what was acknowledged is there, what was not is named and can be written again."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from definitions.errors import OnlineStoreError
from definitions.online_row import OnlineRow
from online_hbase.admin import HBaseAdmin, open_admin
from online_hbase.local import wait_until_ready
from online_hbase.processes import launch
from online_hbase.site import Site, make_site
from online_hbase.store import HBaseOnlineStore
from tests.online_hbase.servers import settings_of


def row(number: int, boundary: int = 1) -> OnlineRow:
    return OnlineRow(b"key %d" % number, boundary, 1, b"key %d at %d" % (number, boundary) + b"." * 200)


@dataclass
class Servers:
    """A HBase in two processes, as in production: the servers, and Thrift."""

    site: Site
    running: dict[str, subprocess.Popen[bytes]]

    def start(self, *parts: str) -> None:
        self.running[parts[0]] = launch(self.site, parts)

    def kill(self, part: str) -> None:
        self.running[part].kill()
        self.running[part].wait()

    def wait(self) -> None:
        wait_until_ready(self.site, list(self.running.values()))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    # What a server that comes back does first, it does sooner than it would after a crash of many.
    quick = {"zookeeper.session.timeout": "4000", "hbase.regionserver.hlog.splitlog.workers": "2"}
    servers = Servers(make_site(tmp_path_factory.mktemp("servers"), settings=quick), {})
    servers.start("server", "gateway")
    servers.start("thrift")
    servers.wait()
    yield servers
    for part in servers.running:
        servers.kill(part)


def open_table(servers: Servers, prefix: str) -> HBaseOnlineStore:
    store = HBaseOnlineStore(settings_of(servers.site, timeout=10.0), prefix)
    with open_admin(servers.site) as admin:
        admin.create_table(store.table, 4)
    return store


def write_until_it_fails(
    store: HBaseOnlineStore, boundary: int, started: threading.Event
) -> tuple[int, OnlineStoreError]:
    """Write rows one batch after another; how many were acknowledged, and what was said of the others."""
    acknowledged = 0
    try:
        while True:
            part = [row(number, boundary) for number in range(acknowledged, acknowledged + 6_000)]
            acknowledged += store.write(1, part)
            if acknowledged >= 12_000:
                started.set()
    except OnlineStoreError as error:
        return acknowledged, error


def kill_while_writing(
    servers: Servers, part: str, store: HBaseOnlineStore, boundary: int
) -> tuple[int, OnlineStoreError]:
    started, ended = threading.Event(), []
    writer = threading.Thread(target=lambda: ended.append(write_until_it_fails(store, boundary, started)))
    writer.start()
    assert started.wait(60)
    time.sleep(0.05)
    servers.kill(part)
    writer.join(60)
    (found,) = ended
    return found


def check(store: HBaseOnlineStore, acknowledged: int, boundary: int) -> None:
    for start in range(0, acknowledged, 5_000):
        numbers = range(start, min(start + 5_000, acknowledged))
        found = store.read(1, [b"key %d" % number for number in numbers])
        assert found == [row(number, boundary) for number in numbers]


def test_thrift_dies_while_a_batch_is_written(servers: Servers) -> None:
    store = open_table(servers, "thrift")
    acknowledged, error = kill_while_writing(servers, "thrift", store, 1)
    said = str(error)
    assert "write again, in generation 1, the 2,000 rows of b'key " in said and "org.apache" not in said
    with pytest.raises(OnlineStoreError, match="cannot be reached"):
        store.read(1, [b"key 1"])
    servers.start("thrift")
    servers.wait()
    check(store, acknowledged, 1)
    store.write(1, [row(number) for number in range(acknowledged + 6_000)])
    check(store, acknowledged + 6_000, 1)


def test_the_servers_die_while_a_batch_is_written_and_recover_from_their_log(servers: Servers) -> None:
    store = open_table(servers, "server")
    store.write(1, [row(number, 1) for number in range(5_000)])
    acknowledged, error = kill_while_writing(servers, "server", store, 2)
    assert "write again, in generation 1, the 2,000 rows of b'key " in str(error)
    servers.start("server", "gateway")
    servers.wait()
    until = time.monotonic() + 90
    while True:
        try:
            check(store, acknowledged, 2)
            break
        except OnlineStoreError:
            assert time.monotonic() < until
    store.write(1, [row(number, 2) for number in range(acknowledged + 6_000)])
    check(store, acknowledged + 6_000, 2)


def test_refused_writes_are_named_and_a_rerun_completes_them(
    open_online: Callable[[], HBaseOnlineStore], admin: HBaseAdmin
) -> None:
    store = open_online()
    store.write(1, [row(number) for number in range(100)])
    admin.enable(store.table, False)
    with pytest.raises(
        OnlineStoreError, match=r"0 rows are written; write again, in generation 1, the 3 rows of b'key 0'"
    ):
        store.write(1, [row(number, 2) for number in range(3)])
    with pytest.raises(OnlineStoreError, match="refuses"):
        store.read(1, [b"key 0"])
    admin.enable(store.table, True)
    assert store.read(1, [b"key 0"]) == [row(0)]
    store.write(1, [row(number, 2) for number in range(3)])
    assert store.read(1, [b"key 0", b"key 3"]) == [row(0, 2), row(3)]
