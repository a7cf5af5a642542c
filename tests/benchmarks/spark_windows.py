"""Eight windows of four aggregates against Butterfree."""

from __future__ import annotations

from typing import Final

from tests.benchmarks import datasets, repositories
from tests.benchmarks.environments import peer_python
from tests.benchmarks.report import Figure
from tests.benchmarks.spark_sides import Side, assert_same, compared_figure, open_side, side_settings, time_sides

_PACKAGES: Final = (
    "pyspark==3.5.1",
    "pandas>=2.2,<2.3",
    "numpy<2",
    "pyarrow<20",
    "h3<4",
    "boto3",
    "jinja2",
    "mdutils",
    "parameters-validation",
    "setuptools<81",
    "typer",
)
"""Butterfree's own without its pins, and without its driver for Cassandra, for which a stub stands."""
_BUTTERFREE: Final = ("butterfree==1.8.0",)
_EVENTS: Final = 200_000
_KEYS: Final = 2_000
_DAYS: Final = (1, 2, 3, 7, 14, 28, 60, 90)
_AGGREGATES: Final = {"count": "count", "sum": "sum", "mean": "avg", "max": "max"}
"""Ours, and what Butterfree calls them."""


def window_figures(scale: float) -> list[Figure]:
    """Every entity at the beginning of every day, straight from the source."""
    events = datasets.events(int(_EVENTS * scale), max(1, int(_KEYS * scale)))
    view = {
        "name": "windows",
        "source": "events",
        "every": "1d",
        "features": [
            {
                "name": aggregate,
                "agg": aggregate,
                "windows": [f"{days}d" for days in _DAYS],
                **({} if aggregate == "count" else {"of": "amount"}),
            }
            for aggregate in _AGGREGATES
        ],
    }
    folder = repositories.write_repository("spark_windows", {"events": (events, ["amount"])}, [view])
    with (
        open_side("spark_store_worker") as store,
        open_side("spark_butterfree_worker", peer_python("butterfree-venv", _PACKAGES, _BUTTERFREE)) as butterfree,
    ):
        for worker in (store, butterfree):
            worker.do("start", settings=side_settings(worker.name))
        store.do("open", name="windows", folder=str(folder), now=datasets.END * 1_000_000)
        asked = {"name": "windows", "days": ["2024-01-01", "2024-03-31"], "references": ["windows:*"]}
        sides = {
            "ours": Side(store, "daily_frame", {"events": str(events), **asked}),
            "butterfree": Side(butterfree, "feature_set", {"events": str(events), "days": _DAYS, "end": "2024-03-31"}),
        }
        columns = {
            f"{ours}_{days}d": f"amount__{theirs}_over_{days}_{'day' if days == 1 else 'days'}_rolling_windows"
            for ours, theirs in _AGGREGATES.items()
            for days in _DAYS
        }
        theirs = sides["butterfree"].rows().rename_columns({"timestamp": "event_timestamp"})
        assert_same(sides["ours"].rows(), theirs, ["entity_id", "event_timestamp"], columns)
        timed = time_sides(sides)
        return [compared_figure("spark_windows_vs_butterfree", sides, timed, ("ours", "butterfree"), 5.0)]
