"""Each heuristic, just where it begins to matter and just before."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders.spark.diagnosis import ShuffleBudget, diagnose_facts
from builders.spark.heuristics import HEURISTICS
from builders.spark.stage_facts import ApplicationFacts, Distribution, StageFacts

STAGE = StageFacts(stage=3, name="collect at job.py:3", tasks=8, cores=8, run=Distribution(80_000, 10_000, 10_000))
"""A stage that nothing is wrong with."""
MB = 1_000_000
DOCUMENT = Path(__file__).parents[3] / "docs/spark.md"


def _symptoms(*stages: StageFacts, budget: ShuffleBudget | None = None) -> list[tuple[str, str]]:
    found = diagnose_facts(ApplicationFacts("app-7", "nightly", True, stages), budget).symptoms
    return [(item.name, item.severity) for item in found]


def _run(longest: int, median: int = 1_000) -> StageFacts:
    return replace(STAGE, run=Distribution(40_000, median, longest))


def _shuffled(largest: int, median: int) -> StageFacts:
    return replace(STAGE, shuffle_read=Distribution(400 * MB, median, largest))


def _tiny(tasks: int, milliseconds: int) -> StageFacts:
    return replace(STAGE, tasks=tasks, run=Distribution(milliseconds, 1, 2))


def _files(files: int, size: int) -> StageFacts:
    return replace(STAGE, files=files, file_bytes=files * size)


def _worked(tasks: int, milliseconds: int) -> StageFacts:
    return replace(STAGE, tasks=tasks, run=Distribution(milliseconds, milliseconds // tasks, milliseconds // tasks))


def test_a_healthy_stage_has_no_symptom() -> None:
    assert _symptoms(STAGE) == []
    assert _symptoms(StageFacts(0)) == []


def test_a_stage_with_one_long_task_is_called_skewed() -> None:
    assert _symptoms(_run(4_000)) == [("skewed time", "moderate")]
    assert _symptoms(_run(16_000)) == [("skewed time", "severe")]
    assert _symptoms(_run(2_010, median=10)) == [("skewed time", "severe")]


@pytest.mark.parametrize("stage", [_run(3_999), _run(1_999, median=10), _run(2_009, median=10)])
def test_a_task_that_nobody_waits_for_long_is_not(stage: StageFacts) -> None:
    assert _symptoms(stage) == []


def test_a_stage_with_one_large_task_is_called_skewed() -> None:
    assert _symptoms(_shuffled(100 * MB, 25 * MB)) == [("skewed data", "moderate")]
    assert _symptoms(_shuffled(100 * MB, 0)) == [("skewed data", "severe")]
    assert _symptoms(_shuffled(99 * MB, 25 * MB)) == []
    assert _symptoms(_shuffled(63 * MB, 0)) == []


def test_what_did_not_fit_memory_is_a_spill() -> None:
    assert _symptoms(replace(STAGE, memory_spilled=64 * MB)) == [("spill", "moderate")]
    assert _symptoms(replace(STAGE, memory_spilled=8_000 * MB)) == [("spill", "severe")]
    assert _symptoms(replace(STAGE, memory_spilled=63 * MB)) == []


@pytest.mark.parametrize("read", ["input", "shuffle_read"])
def test_tasks_that_read_much_are_large(read: str) -> None:
    def of(size: int) -> StageFacts:
        return replace(STAGE, **{read: Distribution(8 * size, size, size)})  # type: ignore[arg-type]

    assert _symptoms(of(512 * MB)) == [("large tasks", "moderate")]
    assert _symptoms(of(2_000 * MB)) == [("large tasks", "severe")]
    assert _symptoms(of(511 * MB)) == []


def test_fewer_tasks_than_half_the_cores_are_few_if_they_take_long() -> None:
    assert _symptoms(_worked(4, 30_000)) == [("few tasks", "moderate")]
    assert _symptoms(_worked(1, 30_000)) == [("few tasks", "severe")]
    assert _symptoms(_worked(5, 30_000)) == []
    assert _symptoms(_worked(1, 29_999)) == []
    assert _symptoms(replace(_worked(1, 30_000), cores=0)) == []


def test_many_tasks_with_little_to_do_are_tiny() -> None:
    assert _symptoms(_tiny(100, 10_000)) == [("tiny tasks", "moderate")]
    assert _symptoms(_tiny(1_000, 10_000)) == [("tiny tasks", "severe")]
    assert _symptoms(_tiny(100, 10_001)) == []
    assert _symptoms(_tiny(99, 99)) == []


def test_many_files_with_little_in_them_are_small() -> None:
    assert _symptoms(_files(50, 8 * MB)) == [("small files", "moderate")]
    assert _symptoms(_files(50, MB)) == [("small files", "severe")]
    assert _symptoms(_files(50, 9 * MB)) == []
    assert _symptoms(_files(49, 1)) == []
    assert _symptoms(_files(50, 0)) == []


def test_much_collecting_of_garbage_is_told() -> None:
    assert _symptoms(replace(STAGE, garbage=8_000)) == [("garbage", "moderate")]
    assert _symptoms(replace(STAGE, garbage=24_000)) == [("garbage", "severe")]
    assert _symptoms(replace(STAGE, garbage=7_999)) == []
    assert _symptoms(replace(STAGE, run=Distribution(9_999, 1_000, 1_000), garbage=9_000)) == []


def test_failed_tasks_are_told_with_the_first_failure() -> None:
    failed = replace(STAGE, failed=1, task_failure="java.io.IOException: no space left")
    assert _symptoms(failed) == [("failed tasks", "moderate")]
    assert _symptoms(replace(failed, failed=10)) == [("failed tasks", "severe")]
    (symptom,) = diagnose_facts(ApplicationFacts("", "", True, (failed,))).symptoms
    assert "no space left" in symptom.what


def test_a_failed_stage_is_severe() -> None:
    assert _symptoms(replace(STAGE, failure="aborted")) == [("failed stage", "severe")]


def test_an_application_is_held_to_its_budget_of_shuffles() -> None:
    stages = [replace(STAGE, stage=number, shuffle_written=number * MB) for number in range(4)]
    assert _symptoms(*stages, budget=ShuffleBudget(exchanges=3, bytes=6 * MB)) == []
    assert _symptoms(*stages, budget=ShuffleBudget(exchanges=2)) == [("shuffles over budget", "severe")]
    assert _symptoms(*stages, budget=ShuffleBudget(bytes=6 * MB - 1)) == [("shuffles over budget", "severe")]
    assert _symptoms(STAGE, budget=ShuffleBudget(0, 0)) == []


def test_severe_symptoms_come_first_and_then_those_of_the_longest_stages() -> None:
    spilled = replace(STAGE, memory_spilled=64 * MB)
    longer = replace(spilled, stage=4, run=Distribution(90_000, 10_000, 10_000))
    failed = replace(STAGE, stage=5, failure="aborted")
    found = diagnose_facts(ApplicationFacts("", "", True, (spilled, longer, replace(failed, memory_spilled=64 * MB))))
    assert [(item.name, item.stage) for item in found.symptoms] == [
        ("failed stage", 5),
        ("spill", 4),
        ("spill", 3),
        ("spill", 5),
    ]


def test_a_kind_of_symptom_is_explained_once_however_many_stages_have_it() -> None:
    stages = tuple(replace(STAGE, stage=number, memory_spilled=64 * MB) for number in range(8))
    lines = diagnose_facts(ApplicationFacts("", "", False, stages)).lines
    assert lines[0] == "stages: 8, tasks: 64"
    assert "the log has no end" in lines[1]
    assert sum(line.startswith("  stage ") for line in lines) == 5
    assert lines[-3] == "  and 3 more stages"
    assert sum(line.startswith("  do: ") for line in lines) == 1


@pytest.mark.parametrize("heuristic", HEURISTICS, ids=lambda heuristic: heuristic.name)
def test_every_remedy_names_something_to_set_or_run_and_is_documented(heuristic: object) -> None:
    (held,) = [item for item in HEURISTICS if item is heuristic]
    assert held.moderate <= held.severe
    assert re.search(r"`[^`]+`", held.remedy)
    assert f"\n| {held.name} | " in DOCUMENT.read_text(encoding="utf-8")
