"""Reading event logs into the facts of stages."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from builders.spark.event_log import read_event_log
from builders.spark.event_log_files import list_event_log_files
from builders.spark.stage_facts import Distribution
from definitions.errors import RequestError
from tests.builders.spark.event_logs import END, SQL, START, executor, failed_task, stage, task, write_log


def test_tasks_are_added_up_by_stage(tmp_path: Path) -> None:
    log = write_log(
        tmp_path / "log",
        START,
        executor("1", 4),
        executor("2", 4),
        [task(3, run=run, input_bytes=run * 2, shuffle_read=run * 3, written=5) for run in (40, 10, 20, 30)],
        task(8, run=7),
        stage(3, 4),
        {"Event": "SparkListenerExecutorRemoved", "Executor ID": "2"},
        stage(8, 1),
        END,
    )
    read = read_event_log(log)
    assert (read.application, read.name, read.ended) == ("app-7", "nightly", True)
    one, other = read.stages
    assert (one.stage, one.name, one.tasks, one.cores) == (3, "collect at job.py:3", 4, 8)
    assert one.run == Distribution(total=100, median=20, largest=40)
    assert one.input == Distribution(total=200, median=40, largest=80)
    assert one.shuffle_read == Distribution(total=300, median=60, largest=120)
    assert (one.garbage, one.shuffle_written, one.memory_spilled, one.disk_spilled) == (10, 20, 120, 12)
    assert (other.stage, other.cores, other.run.total) == (8, 4, 7)


def test_attempts_of_a_stage_are_told_apart(tmp_path: Path) -> None:
    again = {**task(3, run=50), "Stage Attempt ID": 1}
    first, second = read_event_log(write_log(tmp_path / "log", task(3), again)).stages
    assert (first.attempt, second.attempt, second.run.total) == (0, 1, 50)
    assert second.label.startswith("stage 3 (attempt 2), ")


def test_a_failed_task_counts_as_failed_and_a_killed_one_as_nothing(tmp_path: Path) -> None:
    killed = task(3, run=9_000) | {"Task Info": {"Failed": False, "Killed": True}}
    failures = [failed_task(3, "no space left\n\tat Disk.java:3"), failed_task(3, "later")]
    log = write_log(tmp_path / "log", task(3), killed, failures, stage(3, 2, Failure_Reason="aborted\nby a task"))
    (read,) = read_event_log(log).stages
    assert (read.failed, read.run.largest) == (2, 10)
    assert read.task_failure == "java.io.IOException: no space left"
    assert read.failure == "aborted"


def test_a_stage_knows_the_files_of_the_scans_that_it_ran(tmp_path: Path) -> None:
    def scan(*numbers: int) -> dict[str, object]:
        names = ("number of files read", "size of files read", "number of output rows")
        metrics = [{"name": name, "accumulatorId": n, "metricType": ""} for name, n in zip(names, numbers, strict=True)]
        return {"nodeName": "Scan parquet", "children": [], "metrics": metrics, "metadata": {}}

    plan = {"nodeName": "Join", "metrics": [], "children": [scan(1, 2, 3), scan(4, 5, 6)]}
    log = write_log(
        tmp_path / "log",
        {"Event": f"{SQL}SQLExecutionStart", "executionId": 0, "sparkPlanInfo": plan},
        {"Event": f"{SQL}SQLAdaptiveExecutionUpdate", "executionId": 0, "sparkPlanInfo": plan},
        {"Event": f"{SQL}DriverAccumUpdates", "executionId": 0, "accumUpdates": [[1, 70], [2, 7_000], [4, 1], [5, 9]]},
        stage(0, 1, Accumulables=[{"ID": 3, "Name": "number of output rows"}, {"ID": 99}]),
        stage(1, 1, Accumulables=[{"ID": 6}]),
        stage(2, 1, Accumulables=[{"ID": 99}]),
    )
    read = read_event_log(log).stages
    assert [(item.files, item.file_bytes) for item in read] == [(70, 7_000), (1, 9), (0, 0)]


def test_a_stage_names_its_operators_but_not_generated_code(tmp_path: Path) -> None:
    scopes = ['{"id":"1","name":"Window"}', '{"id":"2","name":"WholeStageCodegen (3)"}', '{"id":"3","name":"Exchange"}']
    rdds = [*({"RDD ID": 1, "Scope": scope} for scope in scopes), {"RDD ID": 2}]
    (read,) = read_event_log(write_log(tmp_path / "log", stage(3, 1, RDD_Info=rdds))).stages
    assert read.label == "stage 3, collect at job.py:3 (Exchange, Window)"


def test_wherever_a_log_was_cut_off_what_came_before_is_read(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole", START, [task(0, run=n) for n in range(5)], stage(0, 5), END)
    held = whole.read_bytes()
    first = held.index(b"\n")
    for length in range(first, len(held) - 1, 7):
        cut = tmp_path / "cut"
        cut.write_bytes(held[:length])
        read = read_event_log(cut)
        ended = held[:length].count(b"\n") + (held[length : length + 1] == b"\n")
        assert len(read.stages) == (ended > 1)
        assert not read.ended
        assert read.stages == () or read.stages[0].run.total == sum(range(min(ended - 1, 5)))


def test_a_line_that_is_damaged_amid_others_is_named(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", START, task(0), END)
    log.write_bytes(log.read_bytes().replace(b'"Stage ID":0', b'"Stage ID":?'))
    with pytest.raises(RequestError, match=r"log:2: the event cannot be read"):
        read_event_log(log)


def test_events_that_nobody_knows_are_passed_over(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", {"Event": "SparkListenerOfTomorrow", "Stage ID": "x"}, {"Other": 1}, task(0))
    assert len(read_event_log(log).stages) == 1


def test_a_log_that_rolls_is_read_by_the_number_of_its_parts(tmp_path: Path) -> None:
    folder = tmp_path / "eventlog_v2_app-7"
    for number in (1, 2, 9, 10):
        write_log(folder / f"events_{number}_app-7", task(number))
    (folder / "appstatus_app-7.inprogress").touch()
    names = [file.name for file in list_event_log_files(folder)]
    assert names == ["events_1_app-7", "events_2_app-7", "events_9_app-7", "events_10_app-7"]
    assert [item.stage for item in read_event_log(folder).stages] == [1, 2, 9, 10]
    write_log(folder / "events_9_app-7.compact", task(9))
    assert [file.name for file in list_event_log_files(folder)] == ["events_9_app-7.compact", "events_10_app-7"]


def test_of_a_folder_of_logs_the_newest_is_read(tmp_path: Path) -> None:
    logs = [
        write_log(tmp_path / "app-1", task(1)),
        write_log(tmp_path / "eventlog_v2_app-2" / "events_1_app-2", task(2)),
        write_log(tmp_path / "app-3.inprogress", task(3)),
    ]
    write_log(tmp_path / ".app-3.crc", task(9))
    for newest in logs:
        for log in logs:
            os.utime(log, (1, 2 if log is newest else 1))
        assert list_event_log_files(tmp_path) == (newest,)


def test_what_is_no_event_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"there is no event log at .*spark\.eventLog\.dir"):
        read_event_log(tmp_path / "nothing")
    with pytest.raises(RequestError, match="has no event log in it"):
        read_event_log(tmp_path)
    (tmp_path / "eventlog_v2_app").mkdir()
    with pytest.raises(RequestError, match="has no events in it"):
        read_event_log(tmp_path / "eventlog_v2_app")
    for held in (b"", b'{"a": 1}\n'):
        (tmp_path / "other").write_bytes(held)
        with pytest.raises(RequestError, match="other is no event log of Spark"):
            read_event_log(tmp_path / "other")
    (tmp_path / "app.lzf").write_bytes(b"ZV\x01\x00\x10\x00\x20abc")
    with pytest.raises(RequestError, match=r"spark\.eventLog\.compress=false"):
        read_event_log(tmp_path / "app.lzf")


def test_a_task_leaves_three_numbers_in_memory(tmp_path: Path) -> None:
    count = 50_000
    log = tmp_path / "log"
    line = write_log(log, task(0)).read_bytes()
    log.write_bytes(line * count)
    tracemalloc.start()
    (read,) = read_event_log(log).stages
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read.run.total == 10 * count
    # Three numbers of 8 bytes each, twice while they grow or are sorted; and the lines of a chunk of the file.
    assert most < count * 60 + 6_000_000
