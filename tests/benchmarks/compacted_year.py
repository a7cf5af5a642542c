"""A frame over a year of daily runs against one over the same tiles in a single segment."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.compact import join_segments
from featurestore.held_lease import held_lease
from tests.benchmarks import datasets, repositories
from tests.benchmarks.report import ROUNDS, Figure, interleave

_DAYS: Final = 365
_EVENTS_A_DAY: Final = 14_000
_SPINE: Final = 100_000
_DAY: Final = 86_400
_WINDOWS: Final = ("7d", "28d", "90d")


def compacted_year_figures() -> list[Figure]:
    """Count and sum over windows of a week, four weeks and a quarter, and of all history, for rows of the last two
    thirds of the year."""
    one = _repository("year_in_one")
    _store(one, _DAYS).materialize(publish=False)
    _put_into_one(_store(one, _DAYS))
    daily = _repository("year_of_days")
    for day in range(1, _DAYS + 1):
        _store(daily, day).materialize(publish=False)
    spine = _spine()
    stores = {"days": _store(daily, _DAYS), "one": _store(one, _DAYS)}
    frames = [store.get_historical_features(spine, ["year:*"]).to_arrow() for store in stores.values()]
    if not frames[0].equals(frames[1]):
        raise AssertionError("the frames of a year of days and of one segment differ")
    seconds = interleave({name: repositories.frame_timer(store, spine, ["year:*"]) for name, store in stores.items()})
    return [Figure("compacted_year_vs_one", seconds["days"], seconds["one"], "s", ROUNDS, goal=0.77)]


def _put_into_one(store: FeatureStore) -> None:
    """All segments of the only tile table in one."""
    context = store._context
    (table,) = {column.table for column in context.applied().all_columns()}
    with held_lease(context.registry.leases, f"tiles/{table.name}") as lease:
        join_segments(context, lease, table, [context.registry.segments.current(table.name)])


def _store(folder: Path, day: int) -> FeatureStore:
    """The store as it is at the end of a day of the year."""
    store = FeatureStore(folder, clock=FixedClock((datasets.START + day * _DAY) * 1_000_000))
    store.apply()
    return store


def _repository(name: str) -> Path:
    view: dict[str, Any] = repositories.windowed_view("year", _WINDOWS)
    view["features"] += [{"name": "events_ever", "agg": "count"}, {"name": "amount_ever", "agg": "sum", "of": "amount"}]
    _write_days()
    return repositories.write_repository(name, {"events": (_folder() / "*.parquet", ["amount"])}, [view])


def _folder() -> Path:
    return datasets.FOLDER / "data" / "year"


def _write_days() -> None:
    """A file of events for each day of the year, once."""
    _folder().mkdir(parents=True, exist_ok=True)
    for day in range(_DAYS):
        file = _folder() / f"day_{day:03}.parquet"
        if file.exists():
            continue
        random = np.random.default_rng(day)
        seconds = np.sort(random.integers(day * _DAY, (day + 1) * _DAY, _EVENTS_A_DAY)) + datasets.START
        keys = random.integers(0, datasets.KEYS, _EVENTS_A_DAY)
        amounts = {"amount": np.round(random.lognormal(3, 1, _EVENTS_A_DAY), 2)}
        pq.write_table(pa.table(datasets.keyed(keys, seconds) | amounts), file)


def _spine() -> pa.Table:
    random = np.random.default_rng(0)
    seconds = random.integers(_DAYS * _DAY // 3, _DAYS * _DAY, _SPINE) + datasets.START
    rows = {"row": np.arange(_SPINE)}
    return pa.table(rows | datasets.keyed(random.integers(0, datasets.KEYS, _SPINE), seconds))
