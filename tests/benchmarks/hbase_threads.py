"""How long look-ups take while threads share a store, and how many there are in a second."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from featurestore import FeatureStore
from online_hbase.site import Site
from online_hbase.table_layout import table_name
from tests.benchmarks.hbase_views import entity_count, published_store, random_batch, references, settle
from tests.benchmarks.report import Figure

_PREFIX: Final = "threads"
FIGURES: Final = {
    f"hbase_batch_{views}_by_{threads}_threads": (views, threads) for views in (1, 5) for threads in (1, 8, 32)
}
"""Views of a look-up and threads, one thread first, by the figure's name."""
QUANTILES: Final = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
_SECONDS: Final = 10.0
_WARM_UP: Final = 0.5
"""Its share of the seconds that are measured."""
_BATCHES: Final = 500


def thread_figures(site: Site, scale: float) -> list[Figure]:
    """Look-ups a second of one view and of five, by each number of threads, against those of one thread; beside them
    the quantiles of their milliseconds."""
    entities = entity_count(scale)
    store = published_store(site, _PREFIX, entities)
    settle(site, [table_name(_PREFIX)])
    chance = random.Random(_BATCHES)
    batches = [random_batch(chance, entities) for _ in range(_BATCHES)]
    length = max(0.5, _SECONDS * scale)
    figures: list[Figure] = []
    rates: dict[int, float] = {}
    for name, (views, threads) in FIGURES.items():
        _look_up(store, references(views), batches, threads, _WARM_UP * length)
        seconds, elapsed = _look_up(store, references(views), batches, threads, length)
        rate = len(seconds) / elapsed
        of_one = rates.setdefault(views, rate)
        beside = {quantile: round(float(np.quantile(seconds, share)) * 1e3, 3) for quantile, share in QUANTILES.items()}
        figures.append(Figure(name, rate, of_one, "look-ups/s", len(seconds), higher_is_better=True, beside=beside))
    return figures


def _look_up(
    store: FeatureStore, asked: Sequence[str], batches: Sequence[list[dict[str, int]]], threads: int, length: float
) -> tuple[list[float], float]:
    """The seconds of each look-up of threads that do nothing else for `length` seconds, and of all of it."""

    def act(seed: int) -> list[float]:
        chance = random.Random(seed)
        seconds = []
        while (start := time.perf_counter()) < until:
            store.get_online_features(asked, chance.choice(batches)).to_dict()
            seconds.append(time.perf_counter() - start)
        return seconds

    begin = time.perf_counter()
    until = begin + length
    with ThreadPoolExecutor(threads) as members:
        seconds = [each for found in members.map(act, range(threads)) for each in found]
    return seconds, time.perf_counter() - begin
