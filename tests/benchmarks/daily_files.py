"""A source that grows by a file a day."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks import datasets

_DAY: Final = 86_400


@dataclass
class DailyFiles:
    """A folder that has the files of the first `days`, each of `rows` events of `keys` entities; a new one is empty."""

    name: str
    rows: int
    keys: int
    days: int = 0

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    @property
    def folder(self) -> Path:
        return datasets.FOLDER / "daily" / self.name

    @property
    def now(self) -> int:
        """The end of the last day, in UTC microseconds."""
        return (datasets.START + self.days * _DAY) * 1_000_000

    def add_day(self) -> None:
        """Let the next day's file arrive."""
        os.link(self._generated(self.days), self.folder / f"day_{self.days:03}.parquet")
        self.days += 1

    def _generated(self, day: int) -> Path:
        file = datasets.FOLDER / "data" / f"daily_{self.rows}_of_{self.keys}" / f"day_{day:03}.parquet"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            random = np.random.default_rng(day)
            seconds = np.sort(random.integers(day * _DAY, (day + 1) * _DAY, self.rows)) + datasets.START
            amounts = {"amount": np.round(random.lognormal(3, 1, self.rows), 2)}
            table = pa.table(datasets.keyed(random.integers(0, self.keys, self.rows), seconds) | amounts)
            partial = file.with_suffix(".partial")
            pq.write_table(table, partial, compression="zstd")
            partial.rename(file)
        return file
