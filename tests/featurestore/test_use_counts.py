"""Counting uses: exact from threads and processes, never in the way of who is counted, little lost in a crash."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import timeit
from collections.abc import Sequence
from pathlib import Path

import pytest

from definitions.errors import ConfigurationError
from featurestore.clock import FixedClock
from featurestore.registry.registry import Registry
from featurestore.registry.usage import DatabaseUsageWriter
from featurestore.registry.usage_writer import Counted, Request, SqliteUsageWriter, UsedColumn
from featurestore.use_counts import UseCounter, UseCounts

SERVICE = Request("orders", (UsedColumn("daily", "spent_7d", "f1"), UsedColumn("daily", "orders_7d", "f1")))
NOW = "2024-03-02T10:00:00Z"
ROOT = Path(__file__).parents[2]

WORKER = """
import os, sys, threading
from pathlib import Path
from featurestore.clock import FixedClock
from featurestore.registry.usage_writer import Request, SqliteUsageWriter, UsedColumn
from featurestore.use_counts import UseCounts

request = Request("orders", (UsedColumn("daily", "spent_7d", "f1"),))
writer = SqliteUsageWriter(Path(sys.argv[1]))
counts = UseCounts(lambda: writer, FixedClock("2024-03-02"), lambda: sys.argv[2], float(sys.argv[3]))
counter = counts.counter(request, "online")
counts.wake()
"""


class Away:
    """A registry that is away until it is back."""

    def __init__(self, registry: Registry) -> None:
        self.is_away = True
        self._registry = registry

    def add(self, counted: Sequence[Counted]) -> None:
        if self.is_away:
            raise ConfigurationError("the registry does not answer")
        self._registry.usage.add(counted)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def registry(path: Path) -> Registry:
    return Registry.open(f"sqlite:///{path}")


def _counts(writer: object, clock: FixedClock | None = None) -> UseCounts:
    return UseCounts(lambda: writer, clock or FixedClock(NOW), lambda: "ann", 3600.0)  # type: ignore[arg-type, return-value]


def _total(registry: Registry, service: str = "orders") -> int:
    return sum(item.number for item in registry.usage.of_service(service, 0))


def _worker(path: Path, who: str, seconds: float, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER + code, str(path), who, str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_counter_is_exact_whatever_threads_add_while_it_is_taken() -> None:
    counter, taken, stop = UseCounter(), 0, threading.Event()

    def count() -> None:
        for _ in range(20_000):
            counter.add()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken += counter.take()
    stop.set()
    assert taken + counter.take() == 80_000
    assert counter.take() == 0


def test_counting_adds_less_than_a_microsecond_to_a_look_up() -> None:
    counts = _counts(None)
    counts.asleep = False
    names = {"counts": counts, "counter": counts.counter(SERVICE, "online"), "watched": ()}
    code = "if counts.asleep: counts.wake()\nif watched: pass\ncounter.add()"
    # The least of several, as other work on the machine only ever adds.
    assert min(timeit.repeat(code, globals=names, repeat=20, number=2_000)) / 2_000 < 1e-6


def test_four_processes_of_four_threads_are_counted_exactly(registry: Registry, path: Path) -> None:
    code = """
def count():
    for _ in range(2_500):
        counter.add()
threads = [threading.Thread(target=count) for _ in range(4)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
counts.close()
"""
    workers = [_worker(path, f"who{number % 2}", 0.01, code) for number in range(4)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0, 0]
    found = registry.usage.of_features("daily", "spent_7d", None, 0)
    assert [(item.principal, item.number) for item in found] == [("who0", 20_000), ("who1", 20_000)]


def test_a_process_that_is_killed_loses_at_most_what_it_counted_since_the_last_flush(
    registry: Registry, path: Path
) -> None:
    code = """
for _ in range(1_000): counter.add()
counts.flush()
for _ in range(7): counter.add()
print("counted", flush=True)
threading.Event().wait()
"""
    worker = _worker(path, "ann", 3600, code)
    assert worker.stdout is not None and worker.stdout.readline() == "counted\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert _total(registry) == 1_000


def test_the_end_of_a_process_and_each_interval_flush(registry: Registry, path: Path) -> None:
    code = """
import weakref
class Owner: pass
owner = Owner()
weakref.finalize(owner, counts.close)
counter.add()
print("counted", flush=True)
sys.stdin.readline()
counter.add()
"""
    command = [sys.executable, "-c", WORKER + code, str(path), "ann", "0.05"]
    worker = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None and worker.stdout.readline() == "counted\n"
    deadline = time.monotonic() + 30
    while _total(registry) != 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert _total(registry) == 1
    worker.communicate("go on\n", timeout=30)
    assert _total(registry) == 2


def test_a_forked_process_counts_its_own_and_nothing_of_its_parent_again(registry: Registry, path: Path) -> None:
    code = """
for _ in range(10): counter.add()
child = os.fork()
for _ in range(3 if child else 5):
    if counts.asleep: counts.wake()
    counter.add()
counts.close()
if child: os.waitpid(child, 0)
else: os._exit(0)
"""
    assert _worker(path, "ann", 3600, code).wait(60) == 0
    assert _total(registry) == 10 + 3 + 5


def test_a_forked_worker_of_multiprocessing_flushes_when_it_ends(registry: Registry, path: Path) -> None:
    code = """
import multiprocessing
def count():
    if counts.asleep: counts.wake()
    for _ in range(5): counter.add()
worker = multiprocessing.get_context("fork").Process(target=count)
worker.start(); worker.join()
"""
    assert _worker(path, "ann", 3600, code).wait(60) == 0
    assert _total(registry) == 5


def test_what_a_registry_that_is_away_did_not_take_is_kept_and_said_once(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Away(registry)
    counts = _counts(writer)
    counter = counts.counter(SERVICE, "online")
    for _ in range(3):
        counter.add()
        assert not counts.flush()
    assert [record.message for record in caplog.records] == [
        "uses are not counted for now, and kept until they can be: the registry does not answer"
    ]
    writer.is_away = False
    assert counts.flush()
    assert counts.flush()
    assert _total(registry) == 3


def test_what_waits_for_a_registry_is_bounded(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("featurestore.use_counts._MOST_WAITING", 2)
    writer = Away(registry)
    counts = _counts(writer)
    for number in range(5):
        counts.counter(Request(f"service{number}", SERVICE.columns), "online").add()
    assert not counts.flush()
    writer.is_away = False
    assert counts.flush()
    assert sum(_total(registry, f"service{number}") for number in range(5)) == 2


def test_a_registry_that_is_not_there_or_lacks_the_tables_is_no_ones_trouble(path: Path) -> None:
    counts = _counts(SqliteUsageWriter(path))
    counts.counter(SERVICE, "online").add()
    assert not counts.flush()
    path.write_bytes(b"no database" * 100)
    assert not counts.flush()
    path.unlink()
    opened = Registry.open(f"sqlite:///{path}")
    assert counts.flush()
    assert _total(opened) == 1


def test_a_clock_that_goes_back_counts_on_the_day_that_it_says_and_loses_nothing(registry: Registry) -> None:
    clock = FixedClock(NOW)
    counts = _counts(registry.usage, clock)
    counter = counts.counter(SERVICE, "online")
    for day in ("2024-03-02", "2024-02-28", "2024-03-02", "1969-12-31T23:00:00Z"):
        clock.set(day)
        counter.add()
        assert counts.flush()
    days = {item.day: item.number for item in registry.usage.of_service("orders", -10)}
    assert days == {-1: 1, 19_781: 1, 19_784: 2}


def test_a_counter_that_no_plan_needs_is_let_go_of_after_its_last_count(registry: Registry) -> None:
    counts = _counts(registry.usage)
    counter = counts.counter(SERVICE, "online")
    counter.add()
    counter.released = True
    counts.flush()
    counter.add()  # of a look-up that began before the release
    counts.flush()
    assert _total(registry) == 2
    counts.flush()
    assert counts.counter(SERVICE, "online") is not counter


def test_the_writer_that_knows_sqlalchemy_adds_to_the_same_rows(registry: Registry, path: Path) -> None:
    for writer in (SqliteUsageWriter(path), DatabaseUsageWriter(f"sqlite:///{path}"), SqliteUsageWriter(path)):
        writer.add([Counted(SERVICE, "online", 5, "ann", 2)])
    (found,) = registry.usage.of_service("orders", 0)
    assert found.number == 6
    with pytest.raises(ConfigurationError, match="does not answer: no such table"):
        DatabaseUsageWriter(f"sqlite:///{path.parent}/other.db").add([Counted(SERVICE, "online", 5, "ann", 2)])
