"""What the planner chooses against every form that it could have chosen, over a grid of data and questions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from builders.planner import Form
from featurestore import FeatureStore
from tests.benchmarks import datasets, repositories
from tests.benchmarks.report import Figure

EVENTS: Final = (1_000_000, 10_000_000)
KEYS: Final = (1_000, 100_000, 1_000_000)
SPINES: Final = (10_000, 300_000)
QUESTIONS: Final = {"sums": ("count", "sum"), "extremes": ("min", "max"), "mixed": ("sum", "max")}
HOPS: Final = ("exact", "1d")
WINDOWS: Final = ("3d", "28d")
FORMS: Final[tuple[Form, ...]] = ("merge", "tile join", "sliding frame")

MATTERS: Final = 2.0
"""Seconds: points that take less say more of the machine than of the choice."""
_HOPELESS: Final = 2.5e8
"""A join that would bring more tiles than this to pairs takes half a minute and more: it is not run."""
_ROUNDS: Final = 3


@dataclass(frozen=True)
class Point:
    """One question over one source; `seconds` by form, None being what the planner chose."""

    events: int
    keys: int
    spine: int
    question: str
    every: str
    seconds: dict[Form | None, float]

    @property
    def name(self) -> str:
        return f"{self.events:,} events of {self.keys:,}, {self.spine:,} rows, {self.question}, {self.every}"

    @property
    def best(self) -> float:
        return min(seconds for form, seconds in self.seconds.items() if form is not None)

    @property
    def ratio(self) -> float:
        return self.best / self.seconds[None]


def planner_figures() -> list[Figure]:
    """The worst point among those that take long enough to matter, and all of them printed."""
    points = list(measure_points())
    counted = [point for point in points if point.seconds[None] >= MATTERS] or points
    worst = min(counted, key=lambda point: point.ratio)
    for point in points:
        spelt = ", ".join(f"{form or 'planner'} {seconds:.2f}" for form, seconds in point.seconds.items())
        print(f"{point.ratio:.2f}  {point.name}: {spelt}")
    return [Figure("planner_vs_best", worst.seconds[None], worst.best, "s", _ROUNDS, goal=0.77)]


def measure_points() -> Iterator[Point]:
    """Every point of the grid, each form in its turn."""
    for events, keys in product(EVENTS, KEYS):
        views = [_view(question, every) for question, every in product(QUESTIONS, HOPS)]
        folder = repositories.events_repository(f"grid_{events}_{keys}", events, views, keys)
        store = repositories.applied_store(folder)
        for rows, question, every in product(SPINES, QUESTIONS, HOPS):
            spine = pq.read_table(datasets.spine(rows, keys))
            forms = _fixed_forms(events, keys, rows, question, every)
            seconds = _seconds(store, spine, f"{question}_{every}", forms)
            yield Point(events, keys, rows, question, every, seconds)


def _view(question: str, every: str) -> dict[str, Any]:
    features = [
        {"name": agg, "agg": agg, "windows": list(WINDOWS), **({} if agg == "count" else {"of": "amount"})}
        for agg in QUESTIONS[question]
    ]
    return {"name": f"{question}_{every}", "source": "events", "every": every, "features": features}


def _fixed_forms(events: int, keys: int, rows: int, question: str, every: str) -> list[Form]:
    """Those that answer the question in a form of their own and are worth running."""
    able: list[Form] = ["tile join", "sliding frame"] if question == "extremes" else list(FORMS)
    reached = events / keys * int(WINDOWS[-1][:-1]) / (datasets.DAYS * 2 / 3)
    if every == "exact" and rows * reached > _HOPELESS:
        # A merge leaves the extremes of windows to a join.
        return [form for form in able if form == "sliding frame" or (form == "merge" and question == "sums")]
    return able


def _seconds(store: FeatureStore, spine: pa.Table, view: str, forms: list[Form]) -> dict[Form | None, float]:
    """The median of some rounds, or what one round took where that does not matter."""
    found: dict[Form | None, list[float]] = {form: [] for form in (None, *forms)}
    for number in range(_ROUNDS):
        for form, seconds in found.items():
            start = time.perf_counter()
            store.get_historical_features(spine, [f"{view}:*"], form=form).to_arrow()
            seconds.append(time.perf_counter() - start)
        if number == 0 and found[None][0] < MATTERS / 2:
            break
    return {form: sorted(seconds)[len(seconds) // 2] for form, seconds in found.items()}
