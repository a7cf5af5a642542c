"""Event logs written by hand: the events as Spark has them, with fields that nobody reads left in here and there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

SQL = "org.apache.spark.sql.execution.ui.SparkListener"
START = {"Event": "SparkListenerApplicationStart", "App Name": "nightly", "App ID": "app-7", "Timestamp": 0}
END = {"Event": "SparkListenerApplicationEnd", "Timestamp": 9}


def executor(name: str, cores: int) -> dict[str, Any]:
    """An executor that came."""
    return {
        "Event": "SparkListenerExecutorAdded",
        "Executor ID": name,
        "Executor Info": {"Host": "here", "Total Cores": cores, "Log Urls": {}},
    }


def stage(number: int, tasks: int, **others: Any) -> dict[str, Any]:
    """A stage that ended; `others` are further fields of its information, by Spark's names with `_` for spaces."""
    information = {"Stage ID": number, "Stage Attempt ID": 0, "Stage Name": "collect at job.py:3"}
    fields = {name.replace("_", " "): value for name, value in others.items()}
    return {
        "Event": "SparkListenerStageCompleted",
        "Stage Info": {**information, "Number of Tasks": tasks, **fields},
    }


def task(number: int, run: int = 10, input_bytes: int = 0, shuffle_read: int = 0, written: int = 0) -> dict[str, Any]:
    """A task of stage `number` that ended well: milliseconds and bytes; half of what it read came from elsewhere."""
    near, far = shuffle_read // 2, shuffle_read - shuffle_read // 2
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": number,
        "Stage Attempt ID": 0,
        "Task Type": "ShuffleMapTask",
        "Task End Reason": {"Reason": "Success"},
        "Task Info": {"Task ID": 1, "Failed": False, "Killed": False, "Accumulables": []},
        "Task Metrics": {
            "Executor Run Time": run,
            "JVM GC Time": run // 10,
            "Memory Bytes Spilled": 30,
            "Disk Bytes Spilled": 3,
            "Input Metrics": {"Bytes Read": input_bytes, "Records Read": 1},
            "Shuffle Read Metrics": {"Remote Bytes Read": far, "Local Bytes Read": near, "Total Records Read": 1},
            "Shuffle Write Metrics": {"Shuffle Bytes Written": written, "Shuffle Records Written": 1},
        },
    }


def failed_task(number: int, description: str) -> dict[str, Any]:
    """A task that raised, of which Spark has no metrics."""
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": number,
        "Task End Reason": {
            "Reason": "ExceptionFailure",
            "Class Name": "java.io.IOException",
            "Description": description,
        },
        "Task Info": {"Failed": True, "Killed": False},
        "Task Metrics": None,
    }


def write_log(file: Path, *events: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Path:
    """A plain log of the events, one a line."""
    flat = [item for event in events for item in ([event] if isinstance(event, Mapping) else event)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(item, separators=(',', ':'))}\n" for item in flat), encoding="utf-8")
    return file
