"""Connections: a deadline for each call, none that answers another's question, none that is dead."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path

import happybase
import pytest

from definitions.errors import OnlineStoreError
from definitions.online_row import OnlineRow
from online_hbase.pool import ConnectionPool, PoolSettings
from online_hbase.site import HOST, Site
from online_hbase.store import HBaseOnlineStore
from tests.online_hbase.servers import settings_of, started
from tests.online_hbase.slow_line import SlowLine, slow_line

KEYS = [b"key %d" % number for number in range(200)]


def row(key: bytes, boundary: int = 1) -> OnlineRow:
    """A row whose value says which row it is."""
    return OnlineRow(key, boundary, 1, key + b" at %d" % boundary)


@pytest.fixture
def stored(open_online: Callable[[], HBaseOnlineStore]) -> HBaseOnlineStore:
    store = open_online()
    store.write(1, [row(key) for key in KEYS])
    return store


def over(line: SlowLine, store: HBaseOnlineStore, **given: float) -> HBaseOnlineStore:
    """The same table at the other end of a line."""
    return HBaseOnlineStore(PoolSettings(HOST, line.port, **given), store.table.removesuffix("_online_rows"))  # type: ignore[arg-type]


def test_a_call_that_is_not_answered_ends_at_its_deadline(stored: HBaseOnlineStore, hbase: Site) -> None:
    with slow_line(hbase.ports.thrift) as line:
        store = over(line, stored, timeout=0.5)
        assert store.read(1, KEYS[:1]) == [row(KEYS[0])]
        line.delay = 3.0
        started_at = time.monotonic()
        with pytest.raises(OnlineStoreError, match=rf":{line.port} did not answer within 0\.5 seconds"):
            store.read(1, KEYS[:1])
        assert time.monotonic() - started_at < 1.0
        assert store.pool.metrics.events["timed_out"] == 1


def test_an_answer_that_drips_does_not_stretch_the_deadline(stored: HBaseOnlineStore, hbase: Site) -> None:
    with slow_line(hbase.ports.thrift) as line:
        store = over(line, stored, timeout=0.5)
        store.read(1, KEYS[:1])
        line.drip = 10
        started_at = time.monotonic()
        with pytest.raises(OnlineStoreError, match=r"did not answer within 0\.5 seconds"):
            store.read(1, KEYS)
        assert time.monotonic() - started_at < 1.0


def test_a_raw_connection_answers_the_next_question_with_the_late_answer(stored: HBaseOnlineStore, hbase: Site) -> None:
    """Why a connection is closed whatever went wrong on it."""
    with slow_line(hbase.ports.thrift) as line:
        connection = happybase.Connection(HOST, line.port, timeout=300)
        table = connection.table(stored.table)
        rows = [found for found, _ in stored.pool.call("scan", lambda c: list(c.table(stored.table).scan(limit=2)))]
        line.delay = 0.6
        with pytest.raises(TimeoutError):
            table.rows(rows[:1])
        line.delay = 0.0
        time.sleep(0.6)
        assert [found for found, _ in table.rows(rows[1:])] == rows[:1]


def test_after_a_time_out_each_answer_is_to_its_own_question(stored: HBaseOnlineStore, hbase: Site) -> None:
    with slow_line(hbase.ports.thrift) as line:
        store = over(line, stored, timeout=0.4)
        for number in range(6):
            line.delay = 0.5 if number % 2 else 0.0
            asked = KEYS[number * 10 : number * 10 + 10]
            try:
                assert store.read(1, asked) == [row(key) for key in asked]
            except OnlineStoreError:
                assert line.delay
        line.delay = 0.0
        time.sleep(0.6)
        for key in KEYS[:20]:
            assert store.read(1, [key]) == [row(key)]
        assert store.pool.metrics.events["timed_out"] == 3


def test_an_interrupted_call_closes_its_connection(stored: HBaseOnlineStore, hbase: Site) -> None:
    pool = ConnectionPool(settings_of(hbase))

    def interrupted(connection: happybase.Connection) -> None:
        connection.client._send("getTableNames")  # asked, and never heard
        raise KeyboardInterrupt

    pool.call("tables", lambda connection: connection.tables())
    with pytest.raises(KeyboardInterrupt):
        pool.call("tables", interrupted)
    assert pool.metrics.events == {"opened": 1, "dropped": 1}
    assert stored.table.encode() in pool.call("tables", lambda connection: connection.tables())


def test_a_connection_that_the_server_closed_is_replaced(tmp_path: Path) -> None:
    with started(tmp_path, hbase__thrift__server__socket__read__timeout="700") as site:
        pool = ConnectionPool(settings_of(site))
        pool.call("tables", lambda connection: connection.tables())
        time.sleep(1.5)
        assert pool.call("tables", lambda connection: connection.tables()) == []
        assert pool.metrics.events == {"opened": 2, "dropped": 1, "retried": 1}

        early = ConnectionPool(settings_of(site, idle=0.3))
        early.call("tables", lambda connection: connection.tables())
        time.sleep(0.5)
        early.call("tables", lambda connection: connection.tables())
        assert early.metrics.events == {"opened": 2, "idle_closed": 1}


def test_threads_share_as_many_connections_as_there_may_be(stored: HBaseOnlineStore, hbase: Site) -> None:
    pool = ConnectionPool(settings_of(hbase, size=3))
    together = threading.Barrier(3, timeout=10)

    def meet(connection: happybase.Connection) -> object:
        together.wait()
        return connection

    threads = [threading.Thread(target=pool.call, args=("meet", meet)) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert pool.metrics.events == {"opened": 3}
    assert pool.metrics.latencies["meet"].calls == 9


def test_a_call_that_gets_no_connection_in_time_says_so(hbase: Site) -> None:
    pool = ConnectionPool(settings_of(hbase, size=1, timeout=0.3))
    taken, done = threading.Event(), threading.Event()

    def hold(connection: happybase.Connection) -> None:
        taken.set()
        done.wait(5)

    thread = threading.Thread(target=pool.call, args=("hold", hold))
    thread.start()
    taken.wait(5)
    with pytest.raises(OnlineStoreError, match="all 1 connections are in use"):
        pool.call("tables", lambda connection: connection.tables())
    done.set()
    thread.join()


def test_a_forked_process_opens_connections_of_its_own(stored: HBaseOnlineStore) -> None:
    assert stored.read(1, KEYS[:1]) == [row(KEYS[0])]
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()

    def ask(first: int) -> None:
        for number in range(first, first + 50, 5):
            answers.put(stored.read(1, KEYS[number : number + 5]) == [row(key) for key in KEYS[number : number + 5]])

    children = [context.Process(target=ask, args=(first,)) for first in (0, 50, 100)]
    for child in children:
        child.start()
    for number in range(0, 100, 5):
        assert stored.read(1, KEYS[number : number + 5]) == [row(key) for key in KEYS[number : number + 5]]
    assert [answers.get() for _ in range(30)] == [True] * 30
    for child in children:
        child.join(10)
        assert child.exitcode == 0


def test_a_closed_pool_connects_again(stored: HBaseOnlineStore) -> None:
    stored.close()
    stored.close()
    assert stored.read(1, KEYS[:1]) == [row(KEYS[0])]


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [("127.0.0.1", 1, "Connection refused"), ("nobody.invalid", 9090, "(not known|resolution|No address)")],
)
def test_a_server_that_is_not_there_is_named(host: str, port: int, said: str) -> None:
    store = HBaseOnlineStore(PoolSettings(host, port))
    with pytest.raises(OnlineStoreError, match=f"HBase's Thrift server at {host}:{port} cannot be reached: .*{said}"):
        store.read(1, [b"a"])
