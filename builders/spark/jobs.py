"""Spark's jobs of one call: named, cancelled with it, and told of while they run."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pyspark import SparkContext

    from builders.engine import Report

_SECONDS: Final = 0.5
"""How often what runs is looked at."""

_GROUP: Final = ("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel")


@contextmanager
def job_group(context: SparkContext, what: str) -> Iterator[Callable[[], object]]:
    """Jobs that this thread starts have `what` as their description; they end with the call, whatever
    ends it, and by the function that is given. The thread's own group is as it was afterwards."""
    before = [context.getLocalProperty(name) for name in _GROUP]
    group = f"featurestore-{uuid.uuid4().hex}"
    context.setJobGroup(group, what, interruptOnCancel=True)
    held: Any = context

    def cancel() -> object:
        return held._jsc.sc().cancelJobGroup(group)

    try:
        yield cancel
    except BaseException:
        # Of a call that ended by itself no job is left, and Spark would warn of that.
        cancel()
        raise
    finally:
        for name, value in zip(_GROUP, before, strict=True):
            held.setLocalProperty(name, value)


@contextmanager
def reported_stages(context: SparkContext, report: Report) -> Iterator[None]:
    """Tell twice a second, in a thread of its own, how far the running stages are."""
    ended = Event()

    def watch() -> None:
        tracker = context.statusTracker()
        while not ended.wait(_SECONDS):
            found = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            stages = [stage for stage in found if stage is not None]
            if stages:
                named = ", ".join(str(stage.stageId) for stage in stages)
                done = sum(stage.numCompletedTasks for stage in stages)
                report(f"stage {named}, {done} of {sum(stage.numTasks for stage in stages)} tasks")

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
