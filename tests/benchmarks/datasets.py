"""The data that benchmarks run on: generated once from fixed seeds, as Parquet files in time order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER: Final = Path(__file__).resolve().parents[2] / "build" / "benchmarks"
"""Where data, repositories and results are; it may be deleted at any time."""

DAYS: Final = 90
START: Final = 1_704_067_200
"""2024-01-01, in seconds since 1970."""
END: Final = START + DAYS * 86_400

VIEWS: Final = 3
"""How many views the frame that is compared with Feast has."""
FEATURES_PER_VIEW: Final = 2
LATEST_ROWS: Final = 1_000_000
KEYS: Final = 100_000

_CHUNK: Final = 1_000_000
_INSTANT: Final = pa.timestamp("us", tz="UTC")


def latest_source(view: int, rows: int = LATEST_ROWS, keys: int = KEYS) -> Path:
    """A source of the frame benchmark: `entity_id`, `event_timestamp` and the features of `view` (from 1).

    Its rows have distinct, odd seconds and spines even ones, so that no side meets a tie: Feast's look-up includes
    the instant itself, ours does not. Where there are more rows than odd seconds, they have odd tenths of seconds.
    """
    ticks = 1 if rows <= DAYS * 86_400 // 2 else 10

    def tables() -> Iterator[pa.Table]:
        random = np.random.default_rng(view)
        odd = random.permutation(DAYS * 86_400 * ticks // 2)[:rows] * 2 + 1
        values = {name: random.normal(size=rows) for name in latest_features(view)}
        instants = START * 1_000_000 + np.sort(odd) * (1_000_000 // ticks)
        yield pa.table(keyed_at(random.integers(0, keys, rows), instants) | values)

    size = "" if rows == LATEST_ROWS else f"_{rows}"
    return _once(f"latest_{view}{size}{_of(keys)}.parquet", tables)


def latest_features(view: int) -> list[str]:
    """The names of the features of `view` (from 1); distinct over all views."""
    return [f"latest_{view}_{position}" for position in range(1, FEATURES_PER_VIEW + 1)]


def events(rows: int, keys: int = KEYS, hot: float = 0.0) -> Path:
    """`rows` events of `keys` entities in `DAYS` days: `entity_id`, `event_timestamp`, `amount`; a `hot` share of them
    is of the entity 0."""

    def tables() -> Iterator[pa.Table]:
        random = np.random.default_rng(rows)
        chunks = max(1, rows // _CHUNK)
        for chunk in range(chunks):
            size = rows // chunks
            within = np.sort(random.uniform(chunk, chunk + 1, size)) / chunks
            instants = START + (within * DAYS * 86_400).astype(np.int64)
            amounts = {"amount": np.round(random.lognormal(3, 1, size), 2)}
            entities = random.integers(0, keys, size)
            if hot:
                entities[random.uniform(size=size) < hot] = 0
            yield pa.table(keyed(entities, instants) | amounts)

    return _once(f"events_{rows}{_of(keys)}{f'_hot_{hot:g}' if hot else ''}.parquet", tables)


def spine(rows: int, keys: int = KEYS) -> Path:
    """An entity dataframe over the last third of the days: of `keys` entities: `row`, `entity_id`,
    `event_timestamp`."""

    def tables() -> Iterator[pa.Table]:
        random = np.random.default_rng(rows)
        even = random.integers(DAYS * 86_400 // 3, DAYS * 86_400 // 2, rows) * 2
        numbered = {"row": np.arange(rows)}
        yield pa.table(numbered | keyed(random.integers(0, keys, rows), even + START))

    return _once(f"spine_{rows}{_of(keys)}.parquet", tables)


def profiles(entities: int, features: int) -> Path:
    """One row for each entity, on the last day: `entity_id`, `event_timestamp` and doubles `f1` to `f<features>`."""

    def tables() -> Iterator[pa.Table]:
        random = np.random.default_rng(features)
        instants = np.sort(random.integers(END - 86_400, END - 3_600, entities))
        values = {name: random.normal(size=entities) for name in profile_features(features)}
        yield pa.table(keyed(random.permutation(entities), instants) | values)

    return _once(f"profiles_{entities}x{features}.parquet", tables)


def profile_features(features: int) -> list[str]:
    """The names of the doubles of `profiles`."""
    return [f"f{position}" for position in range(1, features + 1)]


def _of(keys: int) -> str:
    return "" if keys == KEYS else f"_of_{keys}"


def keyed(entities: np.ndarray, seconds: np.ndarray) -> dict[str, Any]:
    """The columns of keys and of instants, which are seconds since 1970."""
    return keyed_at(entities, seconds * 1_000_000)


def keyed_at(entities: np.ndarray, microseconds: np.ndarray) -> dict[str, Any]:
    """The columns of keys and of instants, which are microseconds since 1970."""
    instants = pa.array(microseconds, type=pa.int64()).cast(_INSTANT)
    return {"entity_id": pa.array(entities, type=pa.int64()), "event_timestamp": instants}


def _once(name: str, tables: Callable[[], Iterator[pa.Table]]) -> Path:
    """Write the tables as one file unless it is there; a half-written file never has its name."""
    target = FOLDER / "data" / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        written = tables()
        first = next(written)
        with pq.ParquetWriter(partial, first.schema, compression="zstd") as writer:
            writer.write_table(first)
            for table in written:
                writer.write_table(table)
        partial.rename(target)
    return target
