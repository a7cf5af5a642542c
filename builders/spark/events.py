"""The events of Spark's event log that a diagnosis reads, with the fields that it reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field
from msgspec.json import Decoder

_SQL: Final = "org.apache.spark.sql.execution.ui.SparkListener"


class ExecutorInfo(Struct):
    cores: int = field(name="Total Cores")


class ExecutorAdded(Struct):
    executor: str = field(name="Executor ID")
    info: ExecutorInfo = field(name="Executor Info")


class ExecutorRemoved(Struct):
    executor: str = field(name="Executor ID")


class ApplicationStart(Struct):
    name: str = field(name="App Name", default="")
    application: str | None = field(name="App ID", default=None)


class ApplicationEnd(Struct):
    """Without one the application was killed, or still runs."""


class Accumulable(Struct):
    number: int = field(name="ID")


class Rdd(Struct):
    scope: str | None = field(name="Scope", default=None)
    """The operator that made it: an object with a `name`, as JSON within JSON."""


class StageInfo(Struct):
    stage: int = field(name="Stage ID")
    attempt: int = field(name="Stage Attempt ID", default=0)
    name: str = field(name="Stage Name", default="")
    tasks: int = field(name="Number of Tasks", default=0)
    rdds: list[Rdd] = field(name="RDD Info", default_factory=list)
    failure: str | None = field(name="Failure Reason", default=None)
    accumulables: list[Accumulable] = field(name="Accumulables", default_factory=list)


class StageSubmitted(Struct):
    info: StageInfo = field(name="Stage Info")


class StageCompleted(Struct):
    info: StageInfo = field(name="Stage Info")


class TaskInfo(Struct):
    failed: bool = field(name="Failed", default=False)
    killed: bool = field(name="Killed", default=False)


class TaskEndReason(Struct):
    reason: str = field(name="Reason", default="")
    kind: str | None = field(name="Class Name", default=None)
    description: str | None = field(name="Description", default=None)


class InputMetrics(Struct):
    bytes: int = field(name="Bytes Read", default=0)


class ShuffleReadMetrics(Struct):
    remote: int = field(name="Remote Bytes Read", default=0)
    local: int = field(name="Local Bytes Read", default=0)


class ShuffleWriteMetrics(Struct):
    bytes: int = field(name="Shuffle Bytes Written", default=0)


class TaskMetrics(Struct):
    """Times in milliseconds, sizes in bytes."""

    run: int = field(name="Executor Run Time", default=0)
    garbage: int = field(name="JVM GC Time", default=0)
    memory_spilled: int = field(name="Memory Bytes Spilled", default=0)
    disk_spilled: int = field(name="Disk Bytes Spilled", default=0)
    input: InputMetrics = field(name="Input Metrics", default_factory=InputMetrics)
    shuffle_read: ShuffleReadMetrics = field(name="Shuffle Read Metrics", default_factory=ShuffleReadMetrics)
    shuffle_write: ShuffleWriteMetrics = field(name="Shuffle Write Metrics", default_factory=ShuffleWriteMetrics)


class TaskEnd(Struct):
    stage: int = field(name="Stage ID")
    attempt: int = field(name="Stage Attempt ID", default=0)
    info: TaskInfo = field(name="Task Info", default_factory=TaskInfo)
    reason: TaskEndReason = field(name="Task End Reason", default_factory=TaskEndReason)
    metrics: TaskMetrics | None = field(name="Task Metrics", default=None)


class PlanMetric(Struct):
    name: str
    number: int = field(name="accumulatorId")


class PlanNode(Struct):
    children: list[PlanNode] = field(default_factory=list)
    metrics: list[PlanMetric] = field(default_factory=list)


class PlanKnown(Struct):
    """A query's plan, as it starts or as adaptive execution changed it."""

    plan: PlanNode = field(name="sparkPlanInfo")


class DriverUpdates(Struct):
    """What the driver measured itself: pairs of a metric's number and its value."""

    values: list[tuple[int, int]] = field(name="accumUpdates")


Event = (
    ExecutorAdded
    | ExecutorRemoved
    | ApplicationStart
    | ApplicationEnd
    | StageSubmitted
    | StageCompleted
    | TaskEnd
    | PlanKnown
    | DriverUpdates
)

DECODERS: Final[Mapping[bytes, Decoder[Event]]] = {
    name.encode(): Decoder(kind)
    for name, kind in {
        "SparkListenerExecutorAdded": ExecutorAdded,
        "SparkListenerExecutorRemoved": ExecutorRemoved,
        "SparkListenerApplicationStart": ApplicationStart,
        "SparkListenerApplicationEnd": ApplicationEnd,
        "SparkListenerStageSubmitted": StageSubmitted,
        "SparkListenerStageCompleted": StageCompleted,
        "SparkListenerTaskEnd": TaskEnd,
        f"{_SQL}SQLExecutionStart": PlanKnown,
        f"{_SQL}SQLAdaptiveExecutionUpdate": PlanKnown,
        f"{_SQL}DriverAccumUpdates": DriverUpdates,
    }.items()
}
"""By the name of the event; all others are passed over."""
