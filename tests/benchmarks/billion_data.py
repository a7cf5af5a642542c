"""Up to a billion events, and rows to ask for: generated from fixed seeds, a file a day; finished files are kept."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import log
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks import datasets

_DAY: Final = 86_400_000_000
_INSTANT: Final = pa.timestamp("us", tz="UTC")
_EVENTS_PER_ENTITY: Final = 100
_MOST_SPINE: Final = 1_000_000
_SCATTER: Final = 1_000_003
"""A prime: ranks times it, modulo the number of entities, spread the active ones over all keys."""


def size_folder(rows: int) -> Path:
    """Where everything of one size is."""
    return datasets.FOLDER.parent / "billion" / str(rows)


def events_folder(rows: int) -> Path:
    return size_folder(rows) / "events"


def spine_file(rows: int) -> Path:
    return size_folder(rows) / "spine.parquet"


def spine_rows(rows: int) -> int:
    return min(rows, _MOST_SPINE)


def generate(rows: int) -> None:
    """The files of all days, and the entity dataframe of rows in the last third of them, that are not there yet."""
    events_folder(rows).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(partial(_write_day, rows), range(datasets.DAYS)))
    asked = spine_rows(rows)
    random = np.random.default_rng(datasets.DAYS)
    instants = datasets.START * 1_000_000 + random.integers(datasets.DAYS * 2 // 3 * _DAY, datasets.DAYS * _DAY, asked)
    columns = {"row": np.arange(asked), "customer": _customers(random, rows, asked)}
    _write(spine_file(rows), pa.table(columns | {"event_timestamp": _instants(instants)}))


def _write_day(rows: int, day: int) -> None:
    file = events_folder(rows) / f"day_{day:02}.parquet"
    if file.exists():
        return
    size = rows // datasets.DAYS + (day < rows % datasets.DAYS)
    random = np.random.default_rng(day)
    instants = np.sort(random.integers(day * _DAY, (day + 1) * _DAY, size)) + datasets.START * 1_000_000
    columns = {
        "customer": _customers(random, rows, size),
        "amount": np.round(random.exponential(25, size), 2),
        "event_at": _instants(instants),
    }
    _write(file, pa.table(columns), use_dictionary=["amount"], column_encoding={"event_at": "DELTA_BINARY_PACKED"})


def _customers(random: np.random.Generator, rows: int, size: int) -> np.ndarray:
    """Entities as Zipf's law has them: the second most active has half the events of the first, and so on."""
    entities = max(1, rows // _EVENTS_PER_ENTITY)
    ranks = np.exp(random.random(size) * log(entities + 1)).astype(np.int64) - 1
    return np.minimum(ranks, entities - 1) * _SCATTER % entities


def _instants(microseconds: np.ndarray) -> pa.Array:
    return pa.array(microseconds, type=pa.int64()).cast(_INSTANT)


def _write(file: Path, table: pa.Table, **encoding: Any) -> None:
    partly = file.with_suffix(".partial")
    pq.write_table(table, partly, compression="zstd", **encoding)
    partly.rename(file)
