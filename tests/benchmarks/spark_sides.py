"""The sides of Spark's figures: workers with the same settings, compared, timed in turns, with what shuffles wrote."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks import datasets
from tests.benchmarks.report import ROUNDS, Figure, interleave
from tests.benchmarks.spark_measure import spark_settings
from tests.benchmarks.worker_process import WorkerProcess

PARTITIONS: Final = 8
"""Those of a shuffle, on all sides."""
_PATIENCE: Final = 1_200.0
"""Seconds that a task may take."""
_BUDGET: Final = 300.0
"""Seconds after which a comparison has enough rounds, be they three only."""
_FEWEST: Final = 3


def open_side(module: str, python: Path | None = None, variables: Mapping[str, str] | None = None) -> WorkerProcess:
    """The process of a worker's module, on its own interpreter if it has one."""
    command = [str(python or sys.executable), "-m", f"tests.benchmarks.{module}"]
    return WorkerProcess(module, command, _PATIENCE, variables)


def side_settings(module: str, partitions: int = PARTITIONS) -> dict[str, str]:
    """What Spark is set to on a side: the same everywhere but for its folder."""
    return spark_settings(str(datasets.FOLDER / "spark" / module), partitions)


@dataclass
class Side:
    """One worker's task that computes rows; `cost` is what its last run took and its shuffles wrote."""

    worker: WorkerProcess
    task: str
    arguments: Mapping[str, Any]
    cost: dict[str, float] = field(default_factory=dict)

    def __call__(self) -> float:
        self.cost = self.worker.do(self.task, **self.arguments)
        return self.cost["seconds"]

    def rows(self) -> pa.Table:
        """The rows themselves, to compare."""
        folder = datasets.FOLDER / "spark" / "answers" / f"{self.worker.name}"
        self.cost = self.worker.do(self.task, **self.arguments, result=str(folder))
        return pq.read_table(folder)


def time_sides(sides: Mapping[str, Side]) -> tuple[dict[str, float], int]:
    """The median seconds of each side and how many rounds they are of, by what their last runs took."""
    once = sum(side.cost["seconds"] for side in sides.values())
    rounds = max(_FEWEST, min(ROUNDS, int(_BUDGET / once)))
    return interleave(sides, rounds), rounds


def compared_figure(
    bench: str, sides: Mapping[str, Side], timed: tuple[dict[str, float], int], names: tuple[str, str], goal: float
) -> Figure:
    """A figure of two of the sides that were timed: ours and the peer."""
    seconds, rounds = timed
    ours, peer = names
    beside = {
        f"{who}_shuffle_{unit}": sides[name].cost[unit]
        for who, name in (("ours", ours), ("peer", peer))
        for unit in ("bytes", "records")
    }
    return Figure(bench, seconds[ours], seconds[peer], "s", rounds, goal=goal, beside=beside)


def assert_same(ours: pa.Table, theirs: pa.Table, by: Sequence[str], columns: Mapping[str, str]) -> None:
    """Every row's values are the same; `by` are the columns that tell rows apart, `columns` theirs by ours.

    Doubles agree to nine digits, as theirs are rounded at every step. What has no rows may be zero or null.
    """
    left, right = (table.to_pandas().sort_values(list(by)).reset_index(drop=True) for table in (ours, theirs))
    keys = [name for name in by if name in columns or name == by[0]]
    if len(left) != len(right) or not left[keys].equals(right[keys]):
        raise AssertionError(f"{len(left):,} rows of ours are not those of theirs, {len(right):,}")
    for name, their_name in columns.items():
        mine, peers = left[name].astype(float).fillna(0.0), right[their_name].astype(float).fillna(0.0)
        if ((mine - peers).abs() > 1e-9 * peers.abs()).any():
            raise AssertionError(f"{name} differs")
