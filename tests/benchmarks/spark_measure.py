"""What work on Spark costs: wall time, and what its shuffles wrote. It imports nothing of ours, for peers' sake."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_WRITTEN: Final = {unit: f"internal.metrics.shuffle.write.{unit}Written" for unit in ("bytes", "records")}


def spark_settings(folder: str, partitions: int, memory: str = "6g") -> dict[str, str]:
    """What every side's application has: two cores, its temporary files and its log of events in `folder`."""
    log = Path(folder) / "events"
    log.mkdir(parents=True, exist_ok=True)
    return {
        "spark.master": "local[2]",
        "spark.driver.memory": memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.default.parallelism": "2",
        "spark.sql.codegen.cache.maxEntries": "1000",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(Path(folder) / "temporary"),
        "spark.sql.warehouse.dir": str(Path(folder) / "warehouse"),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{log}",
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }


def start_session(settings: dict[str, str]) -> SparkSession:
    """A session with settings, with everything behind it that the first query would start."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("benchmark")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.range(1).count()
    return session


class Measure:
    """Runs work on the application of a session and says what it cost."""

    def __init__(self, session: SparkSession) -> None:
        self._context: Any = session.sparkContext
        folder = str(self._context.getConf().get("spark.eventLog.dir")).removeprefix("file://")
        (self._log,) = Path(folder).glob(f"{self._context.applicationId}*")
        self._read = 0
        self._tasks: dict[int, list[int]] = {}

    def run(self, work: Callable[[], object]) -> dict[str, float]:
        """Do the work: its `seconds`, and the `bytes` and `records` that its stages wrote for shuffles."""
        self._stages()
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
        stages = self._stages()
        return {"seconds": seconds} | {
            unit: sum(stage.get(metric, 0) for stage in stages) for unit, metric in _WRITTEN.items()
        }

    def largest_task(self) -> float:
        """How many times the median task of its stage the largest took, in the last run; of stages where it took a
        second."""
        found = [sorted(times) for times in self._tasks.values()]
        return max((times[-1] / max(1, times[len(times) // 2]) for times in found if times[-1] >= 1_000), default=1.0)

    def _stages(self) -> list[dict[str, int]]:
        """What the stages that ended since the last call wrote, by the metrics' names."""
        self._context._jsc.sc().listenerBus().waitUntilEmpty()
        with self._log.open(encoding="utf-8") as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        self._tasks = {}
        for line in lines:
            if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                task = json.loads(line)
                took = task.get("Task Metrics", {}).get("Executor Run Time", 0)
                self._tasks.setdefault(task["Stage ID"], []).append(took)
        ended = (json.loads(line) for line in lines if line.startswith('{"Event":"SparkListenerStageCompleted"'))
        return [
            {
                item["Name"]: int(item["Value"])
                for item in event["Stage Info"]["Accumulables"]
                if item["Name"] in _WRITTEN.values()
            }
            for event in ended
        ]


def compute(rows: DataFrame, result: str | None = None) -> None:
    """Compute every row, and keep them in Parquet files if `result` names a folder; nothing is sent to the driver."""
    if result is None:
        rows.write.format("noop").mode("overwrite").save()
    else:
        rows.write.mode("overwrite").parquet(result)
