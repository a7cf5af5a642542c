"""Reading an event log into the facts of its stages, a line at a time: three numbers a task are all that stays."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from builders.spark import events
from builders.spark.event_log_files import list_event_log_files
from builders.spark.event_log_lines import read_lines
from builders.spark.stage_facts import ApplicationFacts, Distribution, StageFacts
from definitions.errors import RequestError

_NAME: Final = re.compile(rb'\{"Event":"([^"]+)"')
_FILES: Final = "number of files read"
_FILE_BYTES: Final = "size of files read"
_GENERATED: Final = "WholeStageCodegen"
_SHOWN: Final = 300
"""Characters of a failure that are kept; what follows is a trace of Java."""


def read_event_log(path: Path) -> ApplicationFacts:
    """The facts of the application that wrote an event log; see `list_event_log_files` for what `path` may be.

    A last line that was cut off is passed over, as are events of kinds that nobody asked for.

    Raises:
        RequestError: there is no event log, it is compressed with what cannot be read here, or a line is damaged.
    """
    reading = _Reading()
    files = list_event_log_files(path)
    found = False
    for event in _read_events(files):
        found = True
        if event is not None:
            reading.take(event)
    if not found:
        raise RequestError(f"{files[0]} is no event log of Spark: no line of it is an event")
    return reading.facts()


def _read_events(files: Iterable[Path]) -> Iterator[events.Event | None]:
    """The events; None for one of a kind that is passed over."""
    damaged: RequestError | None = None
    for file in files:
        for number, line in enumerate(read_lines(file), 1):
            if damaged is not None:
                raise damaged
            named = _NAME.match(line)
            if named is None:
                continue
            decoder = events.DECODERS.get(named[1])
            try:
                yield None if decoder is None else decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                # Only told if another line follows: the last one may be cut off.
                damaged = RequestError(f"{file}:{number}: the event cannot be read: {error}")


@dataclass(slots=True)
class _Stage:
    """What is known of a stage so far."""

    info: events.StageInfo
    cores: int = 0
    operators: tuple[str, ...] = ()
    scans: set[int] = field(default_factory=set)
    run: array[int] = field(default_factory=lambda: array("q"))
    input: array[int] = field(default_factory=lambda: array("q"))
    shuffle_read: array[int] = field(default_factory=lambda: array("q"))
    garbage: int = 0
    shuffle_written: int = 0
    memory_spilled: int = 0
    disk_spilled: int = 0
    failed: int = 0
    task_failure: str = ""


class _Reading:
    """An application, as far as its log has been read."""

    def __init__(self) -> None:
        self._start = events.ApplicationStart()
        self._ended = False
        self._cores: dict[str, int] = {}
        self._stages: dict[tuple[int, int], _Stage] = {}
        self._scan_bytes: dict[int, int | None] = {}
        """For each scan, known by its metric of files, the metric of their bytes."""
        self._scan_of: dict[int, int] = {}
        """The scan of each of its metrics."""
        self._measured: dict[int, int] = {}

    def take(self, event: events.Event) -> None:
        match event:
            case events.TaskEnd():
                self._end_task(event)
            case events.StageSubmitted(info=info) | events.StageCompleted(info=info):
                self._describe(info)
            case events.PlanKnown(plan=plan):
                self._find_scans(plan)
            case events.DriverUpdates(values=values):
                self._measured.update(values)
            case events.ExecutorAdded(executor=executor, info=info):
                self._cores[executor] = info.cores
            case events.ExecutorRemoved(executor=executor):
                self._cores.pop(executor, None)
            case events.ApplicationStart():
                self._start = event
            case events.ApplicationEnd():
                self._ended = True

    def facts(self) -> ApplicationFacts:
        stages = tuple(self._facts_of(self._stages[key]) for key in sorted(self._stages))
        return ApplicationFacts(self._start.application or "", self._start.name, self._ended, stages)

    def _end_task(self, event: events.TaskEnd) -> None:
        stage = self._stage(event.stage, event.attempt)
        if event.info.failed:
            stage.failed += 1
            stage.task_failure = stage.task_failure or _task_failure(event.reason)
        metrics = event.metrics
        if metrics is None:
            return
        stage.garbage += metrics.garbage
        stage.memory_spilled += metrics.memory_spilled
        stage.disk_spilled += metrics.disk_spilled
        if event.info.failed or event.info.killed:
            return
        stage.run.append(metrics.run)
        stage.input.append(metrics.input.bytes)
        stage.shuffle_read.append(metrics.shuffle_read.remote + metrics.shuffle_read.local)
        stage.shuffle_written += metrics.shuffle_write.bytes

    def _stage(self, number: int, attempt: int) -> _Stage:
        key = (number, attempt)
        if key not in self._stages:
            self._stages[key] = _Stage(events.StageInfo(number, attempt))
        return self._stages[key]

    def _describe(self, info: events.StageInfo) -> None:
        """Take over what a stage says of itself; which scans it ran is known by the metrics that it counted for."""
        stage = self._stage(info.stage, info.attempt)
        stage.operators = _operators(info.rdds)
        stage.scans |= {self._scan_of[item.number] for item in info.accumulables if item.number in self._scan_of}
        stage.cores = sum(self._cores.values())
        info.rdds, info.accumulables = [], []
        stage.info = info

    def _find_scans(self, node: events.PlanNode) -> None:
        numbers = {metric.name: metric.number for metric in node.metrics}
        if _FILES in numbers:
            scan = numbers[_FILES]
            self._scan_bytes[scan] = numbers.get(_FILE_BYTES)
            self._scan_of |= dict.fromkeys(numbers.values(), scan)
        for child in node.children:
            self._find_scans(child)

    def _facts_of(self, stage: _Stage) -> StageFacts:
        sizes = [self._scan_bytes[scan] for scan in stage.scans]
        return StageFacts(
            stage=stage.info.stage,
            attempt=stage.info.attempt,
            name=stage.info.name,
            operators=stage.operators,
            tasks=stage.info.tasks,
            cores=stage.cores,
            run=Distribution.of(stage.run),
            garbage=stage.garbage,
            input=Distribution.of(stage.input),
            shuffle_read=Distribution.of(stage.shuffle_read),
            shuffle_written=stage.shuffle_written,
            memory_spilled=stage.memory_spilled,
            disk_spilled=stage.disk_spilled,
            files=sum(self._measured.get(scan, 0) for scan in stage.scans),
            file_bytes=sum(self._measured.get(size, 0) for size in sizes if size is not None),
            failed=stage.failed,
            task_failure=stage.task_failure,
            failure=_first_line(stage.info.failure or ""),
        )


def _operators(rdds: Iterable[events.Rdd]) -> tuple[str, ...]:
    """The operators of a stage by name, but those that Spark generated code for, which have none."""
    scopes = [msgspec.json.decode(item.scope, type=dict[str, object]) for item in rdds if item.scope]
    names = {str(scope.get("name", "")).strip() for scope in scopes}
    return tuple(sorted(name for name in names if name and not name.startswith(_GENERATED)))


def _task_failure(reason: events.TaskEndReason) -> str:
    told = ": ".join(part for part in (reason.kind, reason.description) if part)
    return _first_line(told or reason.reason)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:_SHOWN]
