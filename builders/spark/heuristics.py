"""What can be wrong with a stage: a table of figures, from where on they matter, and what to do then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from builders.figures import size_words, time_words
from builders.spark.stage_facts import Distribution, StageFacts

Severity = Literal["moderate", "severe"]

_MUCH_LONGER: Final = 2_000
"""Milliseconds that a task must take longer than the median one before anybody has to wait for it."""
_MUCH_LARGER: Final = 64_000_000
"""Bytes, likewise."""
_MANY_TASKS: Final = 100
_MANY_FILES: Final = 50
_GOOD_FILE: Final = 128_000_000
"""Bytes that Spark hands to one task, `spark.sql.files.maxPartitionBytes` as it is by default."""
_LONG: Final = 10_000
"""Milliseconds over all tasks from which on a share of them matters."""


@dataclass(frozen=True, slots=True)
class Heuristic:
    """One thing that can be wrong. `measure` gives the figure of a stage, the higher the worse; None where the stage
    has nothing of the kind. From `moderate` and from `severe` on the figure means so; `see` puts it into words."""

    name: str
    measure: Callable[[StageFacts], float | None]
    moderate: float
    severe: float
    see: Callable[[StageFacts], str]
    why: str
    remedy: str

    def judge(self, stage: StageFacts) -> tuple[Severity, float] | None:
        """How bad it is and its figure; None where nothing is wrong."""
        figure = self.measure(stage)
        if figure is None or figure < self.moderate:
            return None
        return ("severe" if figure >= self.severe else "moderate"), figure


def _largest_to_median(held: Distribution, much: int) -> float | None:
    if held.largest - held.median < much:
        return None
    return held.largest / max(held.median, 1)


def _data_of_a_task(stage: StageFacts) -> int:
    return max(stage.input.median, stage.shuffle_read.median)


def _idle_cores(stage: StageFacts) -> float | None:
    return stage.cores / stage.tasks if stage.tasks and stage.run.total >= 3 * _LONG else None


def _tasks_a_second(stage: StageFacts) -> float | None:
    return stage.tasks * 1000 / max(stage.run.total, 1) if stage.tasks >= _MANY_TASKS and stage.run.total else None


def _files_for_one(stage: StageFacts) -> float | None:
    return stage.files * _GOOD_FILE / stage.file_bytes if stage.files >= _MANY_FILES and stage.file_bytes else None


def _garbage_share(stage: StageFacts) -> float | None:
    return stage.garbage / stage.run.total if stage.run.total >= _LONG else None


HEURISTICS: Final = (
    Heuristic(
        "failed stage",
        measure=lambda stage: float(bool(stage.failure)),
        moderate=1,
        severe=1,
        see=lambda stage: f"it failed: {stage.failure}",
        why="what it had computed is lost; Spark computes it again, or gives up",
        remedy="read what it says of the first task that failed. Where an executor was lost, it was most often out of "
        "memory: raise `spark.executor.memory`, or give its tasks less with more `spark.sql.shuffle.partitions`",
    ),
    Heuristic(
        "failed tasks",
        measure=lambda stage: stage.failed,
        moderate=1,
        severe=10,
        see=lambda stage: f"attempts at its tasks that failed: {stage.failed:,}; the first: {stage.task_failure}",
        why="each is computed again, and after `spark.task.maxFailures` of one task the application ends",
        remedy="mend what the message names. Where it is memory: raise `spark.executor.memory` or "
        "`spark.sql.shuffle.partitions`, or lower `spark.executor.cores`, which share the memory",
    ),
    Heuristic(
        "skewed time",
        measure=lambda stage: _largest_to_median(stage.run, _MUCH_LONGER),
        moderate=4,
        severe=16,
        see=lambda stage: (
            f"the longest of {stage.tasks:,} tasks took {time_words(stage.run.largest)}, the median one "
            f"{time_words(stage.run.median)}"
        ),
        why="the stage is as slow as its longest task, while the other cores wait",
        remedy="where several entities share the task, part them: raise `buckets` of the entity in YAML, or "
        "`spark.sql.shuffle.partitions`. Where it is one key, often one that stands for none, leave it out with a "
        "`where` of the feature. Run `featurestore materialize`, so that frames read its tiles in place of its rows. "
        "CSV files are one task each: keep large sources in Parquet",
    ),
    Heuristic(
        "skewed data",
        measure=lambda stage: _largest_to_median(stage.shuffle_read, _MUCH_LARGER),
        moderate=4,
        severe=16,
        see=lambda stage: (
            f"the largest of {stage.tasks:,} tasks read {size_words(stage.shuffle_read.largest)} of "
            f"shuffles, the median one {size_words(stage.shuffle_read.median)}"
        ),
        why="rows of one key go to one task, which spills and is waited for",
        remedy="raise `buckets` of the entity in YAML, or `spark.sql.shuffle.partitions`, if it is several keys; if it "
        "is one, leave it out with a `where` of the feature, or run `featurestore materialize`, so that its tiles move "
        "in place of its rows",
    ),
    Heuristic(
        "spill",
        measure=lambda stage: stage.memory_spilled,
        moderate=64_000_000,
        severe=8_000_000_000,
        see=lambda stage: (
            f"{size_words(stage.memory_spilled)} of rows did not fit the memory of their tasks and went "
            f"to disk as {size_words(stage.disk_spilled)}"
        ),
        why="they are written and read once more for each time that they are sorted or grouped",
        remedy="give tasks less: raise `spark.sql.shuffle.partitions`, or `buckets` of the entity in YAML. Or give "
        "them more memory: raise `spark.executor.memory` (`spark.driver.memory` under a local master), or lower "
        "`spark.executor.cores`, which share it",
    ),
    Heuristic(
        "large tasks",
        measure=_data_of_a_task,
        moderate=512_000_000,
        severe=2_000_000_000,
        see=lambda stage: f"tasks: {stage.tasks:,}; the median one read {size_words(_data_of_a_task(stage))}",
        why="such a task spills, takes long, and is computed again as a whole when it fails",
        remedy="raise `spark.sql.shuffle.partitions`, or `buckets` of the entity in YAML; where files are read, keep "
        "them in Parquet, which several tasks can share, or lower `spark.sql.files.maxPartitionBytes`",
    ),
    Heuristic(
        "few tasks",
        measure=_idle_cores,
        moderate=2,
        severe=8,
        see=lambda stage: (
            f"{stage.tasks:,} {'task' if stage.tasks == 1 else 'tasks'} of "
            f"{time_words(stage.run.total)} in all, where {stage.cores:,} cores could have worked"
        ),
        why="the other cores have nothing to do",
        remedy="raise `spark.sql.shuffle.partitions`, or `buckets` of the entity in YAML, to two or three times the "
        "cores. Where files are read, CSV is one task a file: keep large sources in Parquet",
    ),
    Heuristic(
        "tiny tasks",
        measure=_tasks_a_second,
        moderate=10,
        severe=100,
        see=lambda stage: (
            f"{stage.tasks:,} tasks computed for {time_words(stage.run.total)} in all, the median one "
            f"for {time_words(stage.run.median)}"
        ),
        why="to hand a task out takes longer than such a task has to compute",
        remedy="lower `spark.sql.shuffle.partitions`, or `buckets` of the entity in YAML; two or three tasks a core "
        "are enough",
    ),
    Heuristic(
        "small files",
        measure=_files_for_one,
        moderate=16,
        severe=128,
        see=lambda stage: f"{stage.files:,} files of {size_words(stage.file_bytes / max(stage.files, 1))} each",
        why="to list and open a file takes longer than to read so little of it",
        remedy="where they are tiles, run `featurestore compact`. Where they are a source's, write it in fewer "
        "files, of some 128 MB each",
    ),
    Heuristic(
        "garbage",
        measure=_garbage_share,
        moderate=0.1,
        severe=0.3,
        see=lambda stage: (
            f"{stage.garbage / max(stage.run.total, 1):.0%} of the {time_words(stage.run.total)} that its "
            "tasks took went into collecting garbage"
        ),
        why="the memory of the JVM is nearly full, and what comes next is that it is out of it",
        remedy="raise `spark.executor.memory` (`spark.driver.memory` under a local master), or lower "
        "`spark.executor.cores`, whose tasks share it",
    ),
)
