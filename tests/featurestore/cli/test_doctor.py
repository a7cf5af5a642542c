"""`featurestore doctor spark`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders.spark.event_logs import END, START, executor, failed_task, stage, task, write_log
from tests.featurestore.cli.running import document, invoke


@pytest.fixture
def spilled(tmp_path: Path) -> Path:
    """The log of an application that spilled, which is not severe, and shuffled 500 kB."""
    spill = task(3, run=100, written=500_000)
    spill["Task Metrics"]["Memory Bytes Spilled"] = 70_000_000
    return write_log(tmp_path / "app-7", START, executor("1", 2), spill, stage(3, 1), END)


def test_a_symptom_is_told_with_its_stage_what_was_seen_and_what_to_do(spilled: Path) -> None:
    told = invoke("doctor", "spark", spilled)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[:3] == ["stages: 1, tasks: 1", "", "moderate: spill"]
    assert lines[3].startswith("  stage 3, collect at job.py:3: 70.0 MB of rows did not fit")
    assert lines[5].startswith("  do: ")
    assert "`spark.sql.shuffle.partitions`" in lines[5]


def test_programs_get_every_symptom_with_its_figure(spilled: Path) -> None:
    told = document(invoke("doctor", "spark", spilled.parent, "--json"))
    assert {name: told[name] for name in ("application", "name", "ended", "stages", "tasks")} == {
        "application": "app-7",
        "name": "nightly",
        "ended": True,
        "stages": 1,
        "tasks": 1,
    }
    (symptom,) = told["symptoms"]
    assert (symptom["name"], symptom["severity"], symptom["stage"]) == ("spill", "moderate", 3)
    assert symptom["figure"] == 70_000_000


def test_a_healthy_application_has_nothing_that_stands_out(tmp_path: Path) -> None:
    told = invoke("doctor", "spark", write_log(tmp_path / "log", START, task(0), stage(0, 1), END))
    assert (told.exit_code, told.stdout) == (0, "stages: 1, tasks: 1; nothing stands out\n")


def test_the_exit_code_says_that_something_is_severe(spilled: Path, tmp_path: Path) -> None:
    failed = write_log(tmp_path / "failed", failed_task(0, "full"), stage(0, 1, Failure_Reason="full"))
    assert invoke("doctor", "spark", failed).exit_code == 1
    for budget, code in (("500kB", 0), ("499kB", 1)):
        assert invoke("doctor", "spark", spilled, "--shuffled", budget).exit_code == code
    for count, code in ((1, 0), (0, 1)):
        assert invoke("doctor", "spark", spilled, "--exchanges", str(count)).exit_code == code


def test_a_size_without_a_unit_is_refused(spilled: Path) -> None:
    told = invoke("doctor", "spark", spilled, "--shuffled", "500")
    assert told.exit_code == 2
    assert "such as 500MB" in told.stderr


def test_a_log_that_is_not_there_is_an_error_of_the_request(tmp_path: Path) -> None:
    told = invoke("doctor", "spark", tmp_path / "nothing", "--json")
    assert told.exit_code == 5
    assert "there is no event log at" in json.loads(told.stderr)["error"]["message"]
