"""A fifth of all events is of one entity: building tiles by a look at the source, and with its rows crossing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.benchmarks import datasets, repositories
from tests.benchmarks.report import Figure, interleave
from tests.benchmarks.spark_sides import Side, compared_figure, open_side, side_settings

_EVENTS: Final = 50_000_000
_KEYS: Final = 1_000_000
_HOT: Final = 0.2
_BUCKETS: Final = 64
_ROUNDS: Final = 1
_MOST: Final = 3.0
"""Times the median task that the largest may take."""


def skew_figures(scale: float) -> list[Figure]:
    """Wall time, and how much longer than the median task the largest takes."""
    events = datasets.events(int(_EVENTS * scale), max(1, int(_KEYS * scale)), _HOT)
    view = repositories.windowed_view("spending", ("7d", "28d", "90d"))
    sources = {"events": (events, ["amount"])}
    folder = repositories.write_repository("spark_skew", sources, [view], {"buckets": _BUCKETS})
    with open_side("spark_store_worker") as store:
        store.do("start", settings=side_settings(store.name, _BUCKETS))
        store.do("open", name="skew", folder=str(folder), now=datasets.END * 1_000_000)
        sides = {
            name: Side(store, "materialize_skewed", {"name": "skew", "rows_cross": name == "rows"})
            for name in ("looked", "rows")
        }
        seconds = interleave(sides, _ROUNDS)
        time = compared_figure("spark_skew_vs_rows", sides, (seconds, _ROUNDS), ("looked", "rows"), 0.0)
        largest = {name: side.cost["largest_task"] for name, side in sides.items()}
        return [
            replace(time, goal=None),
            Figure("spark_skew_largest_task", largest["looked"], _MOST, "medians", _ROUNDS, goal=1.0, beside=largest),
        ]
