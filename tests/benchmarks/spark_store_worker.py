"""Our side on Spark: stores of repositories on one session."""

from __future__ import annotations

import math
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from pyspark.sql import DataFrame, SparkSession

from builders.plan import Tiles, walk
from builders.spark import tile_exchange
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.benchmarks.serving import serve
from tests.benchmarks.spark_measure import Measure, compute, start_session


class Worker:
    """Open stores by name, and a task a method."""

    def __init__(self) -> None:
        self._stores: dict[str, FeatureStore] = {}

    def start(self, settings: dict[str, str]) -> dict[str, Any]:
        """Start the session."""
        self._session: SparkSession = start_session(settings)
        self._measure = Measure(self._session)
        return {}

    def open(self, name: str, folder: str, now: int) -> dict[str, Any]:
        """Open the repository in `folder` at an instant (UTC microseconds), and apply it."""
        store = FeatureStore(folder, clock=FixedClock(now), engine="spark", spark=self._session)
        store.apply()
        self._stores[name] = store
        return {}

    def materialize(self, name: str, full: bool = False) -> dict[str, Any]:
        """What bringing all tiles up to date costs; building all of them again, if `full`."""
        return self._measure.run(lambda: self._stores[name].materialize(publish=False, full=full))

    def materialize_skewed(self, name: str, rows_cross: bool) -> dict[str, Any]:
        """What building all tiles again costs, and the `largest_task` of it, as a multiple of its stage's median; with
        `rows_cross` whatever a look at the source says."""
        density = {"_DENSE": math.inf, "_SKEWED": math.inf} if rows_cross else {}
        with patch.multiple(tile_exchange, **density) if density else nullcontext():
            cost = self.materialize(name, full=True)
        return cost | {"largest_task": self._measure.largest_task()}

    def frame(self, name: str, spine: str, references: list[str], result: str | None = None) -> dict[str, Any]:
        """What a training frame costs, from the entity dataframe's file to the last row, which `result` may keep."""
        return self._measure.run(
            lambda: compute(self._frame(name, self._session.read.parquet(spine), references), result)
        )

    def daily_frame(
        self, name: str, events: str, days: list[str], references: list[str], result: str | None = None
    ) -> dict[str, Any]:
        """The same of every entity of the events at the beginning of each day from the first to the last of `days`."""

        def rows() -> DataFrame:
            keys = self._session.read.parquet(events).select("entity_id").distinct()
            return keys.crossJoin(self._session.sql(_DAYS.format(*days)))

        return self._measure.run(lambda: compute(self._frame(name, rows(), references), result))

    def tile_rows(self, name: str, spine: str, references: list[str]) -> dict[str, Any]:
        """How many rows of tiles a frame reads."""
        frame = self._stores[name].get_historical_features(spine, references)
        explained = frame.explanation(analyze=True, sql=False)
        tiles = {node.name for node in walk(explained.plan.frame) if isinstance(node, Tiles)}
        return {"rows": sum(step.found or 0 for step in explained.steps if step.name in tiles)}

    def _frame(self, name: str, rows: DataFrame, references: list[str]) -> DataFrame:
        return self._stores[name].get_historical_features(rows, references).to_spark()


_DAYS = """
SELECT explode(sequence(TIMESTAMP '{} 00:00:00', TIMESTAMP '{} 00:00:00', INTERVAL 1 DAY)) AS event_timestamp
"""

if __name__ == "__main__":
    serve(Worker())
