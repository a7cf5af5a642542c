"""What is kept of a look-up: one of its rows, as many as fit, and at next to no cost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import timeit
from pathlib import Path

import pytest

from definitions.online_row import OnlineRow
from featurestore.clock import FixedClock
from featurestore.lookup_sample import MOST_WAITING, LookupSample
from featurestore.registry.registry import Registry
from featurestore.registry.usage_writer import SqliteUsageWriter
from featurestore.serving_record import ServedView
from featurestore.use_counts import UseCounter, UseCounts

ROOT = Path(__file__).parents[2]
VIEW = ServedView("daily", 3, 70, (("customer", "string"),), (), None, 0)
ROW = OnlineRow(b"ann", 60, 5, b"value")

WORKER = """
import os, sys, threading
from pathlib import Path
from definitions.online_row import OnlineRow
from featurestore.clock import FixedClock
from featurestore.lookup_sample import LookupSample
from featurestore.registry.usage_writer import SqliteUsageWriter
from featurestore.serving_record import ServedView
from featurestore.use_counts import UseCounts

view = ServedView("daily", 3, 70, (("customer", "string"),), (), None, 0)
writer, sample = SqliteUsageWriter(Path(sys.argv[1])), LookupSample(1.0)
counts = UseCounts(lambda: writer, FixedClock("2024-03-02"), lambda: "ann", 3600.0, sample)
counts.wake()
def keep(at): sample.keep(view, [b"ann"], [OnlineRow(b"ann", 60, 5, b"value")], at)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def registry(path: Path) -> Registry:
    return Registry.open(f"sqlite:///{path}")


def _worker(path: Path, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER + code, str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_look_up_of_many_entities_keeps_one_of_them_each_as_likely() -> None:
    random.seed(7)
    sample = LookupSample(1.0)
    keys = [b"ann", b"bob", b"eve"]
    for at in range(900):
        sample.keep(VIEW, keys, [ROW, OnlineRow(b"bob", 61, 6, b"other"), None], at)
    kept = sample.take()
    assert len(kept) == 900 and [item.at for item in kept] == list(range(900))
    by_key = {key: [item for item in kept if item.key == key] for key in keys}
    assert all(240 < len(items) < 360 for items in by_key.values())
    served = {(item.key, item.generation, item.boundary, item.version, item.value) for item in kept}
    # Who has no row has the value over no rows, up to where the view is complete.
    assert served == {
        (b"ann", 3, 60, 5, b"value"),
        (b"bob", 3, 61, 6, b"other"),
        (b"eve", 3, 70, None, None),
    }


def test_a_look_up_of_nobody_keeps_nothing() -> None:
    sample = LookupSample(1.0)
    sample.keep(VIEW, [], [], 1)
    assert sample.take() == []


def test_what_waits_is_bounded_and_the_newest_stay() -> None:
    sample = LookupSample(1.0)
    for at in range(MOST_WAITING + 5):
        sample.keep(VIEW, [b"ann"], [ROW], at)
    assert [item.at for item in sample.take()] == list(range(5, MOST_WAITING + 5))
    assert sample.take() == []


def test_threads_that_keep_while_others_take_lose_nothing() -> None:
    sample, taken = LookupSample(1.0), []

    def keep(first: int) -> None:
        for at in range(first, first + 200):
            sample.keep(VIEW, [b"ann"], [ROW], at)

    threads = [threading.Thread(target=keep, args=(first,)) for first in (0, 200, 400, 600)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken += sample.take()
    assert sorted(item.at for item in taken + sample.take()) == list(range(800))


def test_drawing_and_counting_together_add_less_than_a_microsecond_to_a_look_up() -> None:
    counts = UseCounts(lambda: None, FixedClock(0), lambda: "ann", 3600.0)  # type: ignore[arg-type, return-value]
    counts.asleep = False
    sample = LookupSample(0.0)
    names = {"counts": counts, "counter": UseCounter(), "watched": (), "sample": sample, "random": random.random}
    code = "if counts.asleep: counts.wake()\nif watched: pass\ncounter.add()\nif random() < sample.share: pass"
    # The least of several, as other work on the machine only ever adds.
    assert min(timeit.repeat(code, globals=names, repeat=20, number=2_000)) / 2_000 < 1e-6


def test_a_process_that_is_killed_loses_at_most_what_it_kept_since_the_last_flush(
    registry: Registry, path: Path
) -> None:
    worker = _worker(path, "keep(1); counts.flush(); keep(2); print('kept', flush=True); threading.Event().wait()")
    assert worker.stdout is not None and worker.stdout.readline() == "kept\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert [item.at for item in registry.kept_lookups.of("daily")] == [1]


def test_a_forked_process_keeps_its_own_and_nothing_of_its_parent_again(registry: Registry, path: Path) -> None:
    code = """
keep(1)
child = os.fork()
if counts.asleep: counts.wake()
keep(2 if child else 3)
counts.close()
if child: os.waitpid(child, 0)
else: os._exit(0)
"""
    assert _worker(path, code).wait(60) == 0
    assert sorted(item.at for item in registry.kept_lookups.of("daily")) == [1, 2, 3]


def test_what_a_registry_that_is_away_does_not_take_is_let_go_of_and_said_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sample = LookupSample(1.0)
    counts = UseCounts(lambda: SqliteUsageWriter(path), FixedClock(0), lambda: "ann", 3600.0, sample)
    for at in (1, 2):
        sample.keep(VIEW, [b"ann"], [ROW], at)
        assert counts.flush()
    assert [record.message for record in caplog.records] == [
        f"no look-ups are kept for now: there is no registry in {path}"
    ]
    opened = Registry.open(f"sqlite:///{path}")
    sample.keep(VIEW, [b"ann"], [ROW], 3)
    assert counts.flush()
    assert [item.at for item in opened.kept_lookups.of("daily")] == [3]
