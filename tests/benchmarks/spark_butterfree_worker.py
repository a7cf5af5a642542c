"""Butterfree in its own environment; it imports nothing of ours but what measures."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as spark

from tests.benchmarks.serving import serve
from tests.benchmarks.spark_measure import Measure, compute, start_session


def _stub(*names: str) -> None:
    """Modules that Butterfree imports and that nothing here uses."""
    for name in names:
        module = ModuleType(name)
        module.__getattr__ = lambda attribute: MagicMock()  # type: ignore[method-assign]
        sys.modules[name] = module


_stub("cassandra", "cassandra.auth", "cassandra.cluster", "cassandra.policies", "cassandra.query")

from butterfree.clients import SparkClient  # type: ignore[import-not-found]  # noqa: E402
from butterfree.constants import DataType  # type: ignore[import-not-found]  # noqa: E402
from butterfree.transform.aggregated_feature_set import (  # type: ignore[import-not-found]  # noqa: E402
    AggregatedFeatureSet,
)
from butterfree.transform.features import (  # type: ignore[import-not-found]  # noqa: E402
    Feature,
    KeyFeature,
    TimestampFeature,
)
from butterfree.transform.transformations import AggregatedTransform  # type: ignore[import-not-found]  # noqa: E402
from butterfree.transform.utils import Function  # type: ignore[import-not-found]  # noqa: E402


class Worker:
    """A session, and a task a method."""

    def start(self, settings: dict[str, str]) -> dict[str, Any]:
        """Start the session, which Butterfree's client takes."""
        self._session: SparkSession = start_session(settings)
        self._measure = Measure(self._session)
        return {}

    def feature_set(self, events: str, days: list[int], end: str, result: str | None = None) -> dict[str, Any]:
        """What a feature set of every entity and day costs, to the last row, which `result` may keep."""
        return self._measure.run(lambda: compute(self._construct(events, days, end), result))

    def _construct(self, events: str, days: list[int], end: str) -> DataFrame:
        aggregates = [(spark.count, DataType.BIGINT), (spark.sum, DataType.DOUBLE), (spark.avg, DataType.DOUBLE)]
        aggregates.append((spark.max, DataType.DOUBLE))
        amount = AggregatedTransform([Function(function, kind) for function, kind in aggregates])
        declared = AggregatedFeatureSet(
            name="spending",
            entity="customer",
            description="spending",
            keys=[KeyFeature(name="entity_id", description="customer", dtype=DataType.BIGINT)],
            timestamp=TimestampFeature(from_column="event_timestamp"),
            features=[Feature(name="amount", description="amount", transformation=amount, from_column="amount")],
            # Both would cost it time: the first drops days that equal the day before, the second caches the rows.
            deduplicate_rows=False,
            eager_evaluation=False,
        ).with_windows([f"{length} {'day' if length == 1 else 'days'}" for length in days])
        rows: DataFrame = declared.construct(
            self._session.read.parquet(events), SparkClient(), end_date=end, num_processors=2
        )
        return rows


if __name__ == "__main__":
    serve(Worker())
