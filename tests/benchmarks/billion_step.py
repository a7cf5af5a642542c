"""One step of the curve in a process of its own: prints its seconds, and on Spark what its shuffles wrote, as JSON."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.benchmarks import billion_data, datasets

_HEAP: Final = "10g"
_DUCKDB_MEMORY: Final = "12GB"
_ROWS_PER_PARTITION: Final = 5_000_000
_FEWEST_PARTITIONS: Final = 8
_AGGREGATES: Final = ("count", "sum", "mean", "min", "max")
_WINDOWS: Final = ["1d", "7d", "30d", "90d"]

Run = Callable[[Callable[[], object]], dict[str, float]]
"""Does work and says what it cost."""


def engine_folder(engine: str, rows: int) -> Path:
    """Everything that an engine writes at a size: its repository, its temporary files and its frame."""
    return billion_data.size_folder(rows) / engine


def frame_file(engine: str, rows: int) -> Path:
    return engine_folder(engine, rows) / "frame.parquet"


def main(engine: str, step: str, rows: int) -> None:
    if step == "generate":
        cost = _timed(lambda: billion_data.generate(rows))
    else:
        cost = {"tiles": _build_tiles, "frame": _write_frame}[step](engine, rows)
    print(json.dumps(cost))


def _build_tiles(engine: str, rows: int) -> dict[str, float]:
    """From nothing: whatever an earlier run left is deleted."""
    folder = engine_folder(engine, rows)
    shutil.rmtree(folder, ignore_errors=True)
    _write_repository(folder / "repository", rows)
    store, run = _open(engine, rows)
    store.apply()
    return run(lambda: store.materialize(publish=False))


def _write_frame(engine: str, rows: int) -> dict[str, float]:
    store, run = _open(engine, rows)
    spine, target = billion_data.spine_file(rows), frame_file(engine, rows)
    return run(lambda: store.get_historical_features(spine, "spending:*").to_parquet(target))


def _open(engine: str, rows: int) -> tuple[FeatureStore, Run]:
    folder = engine_folder(engine, rows)
    clock = FixedClock(datasets.END * 1_000_000)
    if engine == "duckdb":
        return FeatureStore(folder / "repository", clock=clock), _timed
    from tests.benchmarks.spark_measure import Measure, spark_settings, start_session

    session = start_session(spark_settings(str(folder), _partitions(rows), _HEAP))
    return FeatureStore(folder / "repository", clock=clock, engine="spark", spark=session), Measure(session).run


def _partitions(rows: int) -> int:
    """How many tasks work on an entity's rows, and in how many buckets its tiles are."""
    return max(_FEWEST_PARTITIONS, rows // _ROWS_PER_PARTITION)


def _timed(work: Callable[[], object]) -> dict[str, float]:
    start = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - start}


def _write_repository(folder: Path, rows: int) -> None:
    folder.mkdir(parents=True)
    temporary = str(folder.parent / "temporary")
    settings = {
        "project": "billion",
        "engine": {"threads": 2, "memory_limit": _DUCKDB_MEMORY, "temp_directory": temporary},
    }
    features: list[dict[str, Any]] = [
        {"name": name, "agg": name, "windows": _WINDOWS, **({} if name == "count" else {"of": "amount"})}
        for name in _AGGREGATES
    ]
    source = {
        "name": "events",
        "path": str(billion_data.events_folder(rows) / "*.parquet"),
        "timestamp": "event_at",
        "columns": {"customer": "bigint", "event_at": "timestamp", "amount": "double"},
    }
    definitions = {
        "entities": [{"name": "customer", "keys": {"customer": "bigint"}, "buckets": _partitions(rows)}],
        "sources": [source],
        "feature_views": [
            {"name": "spending", "entity": "customer", "source": "events", "every": "1d", "features": features}
        ],
    }
    (folder / "featurestore.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "features.yaml").write_text(yaml.safe_dump(definitions, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
