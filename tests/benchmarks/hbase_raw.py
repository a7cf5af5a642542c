"""Batches through our store against the same rows through a plain connection of happybase."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median
from typing import Any, Final

import happybase

from definitions.online_row import OnlineRow
from featurestore.online.codec import KeyEncoder
from online_hbase.cells import column_of
from online_hbase.row_key import Shelf
from online_hbase.site import HOST, Site
from online_hbase.store import HBaseOnlineStore
from online_hbase.table_layout import FAMILY, PREFIXES, table_name
from tests.benchmarks.hbase_views import (
    ROUNDS,
    WARM_UP,
    entity_count,
    published_store,
    random_batch,
    references,
    settle,
)
from tests.benchmarks.report import Figure
from tests.benchmarks.repositories import KEY
from tests.online_hbase.servers import settings_of

_PREFIX: Final = "raw"
_BATCHES: Final = 40
"""Batches a round; both sides read each, one right after the other, and take turns in being first."""


def raw_figures(site: Site, scale: float) -> list[Figure]:
    """Rows of one view and of five, from the same table by the same row keys."""
    entities = entity_count(scale)
    published = published_store(site, _PREFIX, entities)
    settle(site, [table_name(_PREFIX)])
    store = HBaseOnlineStore(settings_of(site), _PREFIX)
    connection = happybase.Connection(HOST, site.ports.thrift, transport="buffered")
    try:
        figures = []
        for views in (1, 5):
            freshness = published.get_online_features(references(views), [{KEY: 0}]).freshness
            generations = [view.generation for view in freshness]
            figures.append(_Sides(store, connection.table(store.table), generations).figure(entities))
        return figures
    finally:
        store.close()
        connection.close()


@dataclass(frozen=True)
class _Sides:
    """Our store and its table, from which rows of `generations` are read."""

    store: HBaseOnlineStore
    table: happybase.Table
    generations: Sequence[int]

    def figure(self, entities: int) -> Figure:
        """The median time of a batch of random entities."""
        chance = random.Random(len(self.generations))
        encoder = KeyEncoder(["bigint"])
        medians: dict[str, list[float]] = {"ours": [], "raw": []}
        for position in range(WARM_UP + ROUNDS):
            batches = [
                [encoder.encode([row[KEY]]) or b"" for row in random_batch(chance, entities)] for _ in range(_BATCHES)
            ]
            turns = [self._read(keys, number % 2 == 0) for number, keys in enumerate(batches)]
            if position >= WARM_UP:
                for name, found in medians.items():
                    found.append(median(turn[name] for turn in turns))
        ours, raw = (median(found) * 1e3 for found in medians.values())
        name = f"hbase_batch_vs_raw_{len(self.generations)}"
        return Figure(name, ours, raw, "ms", ROUNDS * _BATCHES, goal=0.77)

    def _read(self, keys: Sequence[bytes], ours_first: bool) -> dict[str, float]:
        """The seconds of each side for these keys in all generations."""
        asked = [(generation, keys) for generation in self.generations]
        rows = [Shelf(generation, 0, PREFIXES).row_of(key) for generation, keys in asked for key in keys]
        sides: Mapping[str, Callable[[], Any]] = {
            "ours": lambda: self.store.read_several(asked),
            "raw": lambda: self.table.rows(rows, columns=[FAMILY]),
        }
        seconds, answers = {}, {}
        for name in sorted(sides, reverse=not ours_first):
            start = time.perf_counter()
            answers[name] = sides[name]()
            seconds[name] = time.perf_counter() - start
        _assert_same(rows, answers["ours"], dict(answers["raw"]))
        return seconds


def _assert_same(
    rows: Sequence[bytes], ours: Sequence[Sequence[OnlineRow | None]], raw: Mapping[bytes, Mapping[bytes, bytes]]
) -> None:
    """Each of our rows is the one cell that the table has of it."""
    for row, found in zip(rows, chain.from_iterable(ours), strict=True):
        if found is None or raw[row] != {column_of(found.boundary, found.version): found.value}:
            raise AssertionError(f"ours and the table differ in the row {row!r}")
