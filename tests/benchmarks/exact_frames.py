"""Windows of exact views against the range frames that an engineer would write by hand in DuckDB."""

from __future__ import annotations

from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks import datasets, repositories
from tests.benchmarks.report import ROUNDS, Figure, interleave, timed

_EVENTS: Final = 1_000_000
_SPINE: Final = 100_000
_KEYS: Final = {"sparse": 100_000, "dense": 1_000}
_GOALS: Final = {"sparse": 1.5, "dense": 3.0}
_WINDOWS: Final = ("3d", "7d", "28d")


def exact_figures() -> list[Figure]:
    """Count, sum and mean over three windows: about 10 events an entity, and about 1,000."""
    figures = []
    for name, keys in _KEYS.items():
        folder = repositories.events_repository(f"exact_{name}", _EVENTS, [_view()], keys)
        store = repositories.applied_store(folder)
        spine = pq.read_table(datasets.spine(_SPINE, keys))
        connection, query = _by_hand(spine, keys)
        _assert_equal(
            store.get_historical_features(spine, ["exact:*"]).to_arrow(), connection.sql(query).to_arrow_table()
        )
        seconds = interleave(
            {
                "ours": repositories.frame_timer(store, spine, ["exact:*"]),
                "by hand": timed(lambda connection=connection, query=query: connection.sql(query).to_arrow_table()),
            }
        )
        connection.close()
        figures.append(
            Figure(f"exact_vs_frames_{name}", seconds["ours"], seconds["by hand"], "s", ROUNDS, goal=_GOALS[name])
        )
    return figures


def _view() -> dict[str, Any]:
    features = [
        {"name": agg, "agg": agg, "windows": list(_WINDOWS), **({} if agg == "count" else {"of": "amount"})}
        for agg in ("count", "sum", "mean")
    ]
    return {"name": "exact", "source": "events", "every": "exact", "features": features}


def _by_hand(spine: pa.Table, keys: int) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Events and spine in one union, a named range frame a window, and the events filtered out."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET threads = {repositories.THREADS}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    connection.register("spine", spine)
    values = ", ".join(
        f"count(event) OVER w{window} AS count_{window}, sum(amount) OVER w{window} AS sum_{window}, "
        f"avg(amount) OVER w{window} AS mean_{window}"
        for window in _WINDOWS
    )
    frames = ", ".join(
        f"w{window} AS (PARTITION BY entity_id ORDER BY event_timestamp RANGE BETWEEN INTERVAL {window[:-1]} DAY "
        "PRECEDING AND INTERVAL 1 MICROSECOND PRECEDING)"
        for window in _WINDOWS
    )
    events = (
        f"SELECT NULL AS row, entity_id, event_timestamp, amount, 1 AS event FROM '{datasets.events(_EVENTS, keys)}'"
    )
    asked = "SELECT row, entity_id, event_timestamp, NULL, NULL FROM spine"
    framed = f"SELECT row, entity_id, event_timestamp, {values} FROM ({events} UNION ALL {asked}) WINDOW {frames}"
    return connection, f"SELECT * FROM ({framed}) WHERE row IS NOT NULL"


def _assert_equal(ours: pa.Table, theirs: pa.Table) -> None:
    """Counts are equal, sums and means to nine digits: theirs are rounded at every step."""
    ours, theirs = (table.sort_by("row") for table in (ours, theirs))
    for window in _WINDOWS:
        if not ours.column(f"count_{window}").equals(theirs.column(f"count_{window}")):
            raise AssertionError(f"count_{window} differs")
        for name in (f"sum_{window}", f"mean_{window}"):
            left, right = (table.column(name).to_pandas().fillna(0.0) for table in (ours, theirs))
            if ((left - right).abs() > 1e-9 * right.abs()).any():
                raise AssertionError(f"{name} differs")
