"""Windows as a good engineer writes them in plain Spark: one exchange of events and rows together, and range frames."""

from __future__ import annotations

from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as spark

from tests.benchmarks.serving import serve
from tests.benchmarks.spark_measure import Measure, compute, start_session

_DAY: Final = 86_400_000_000


class Worker:
    """A session, and a task a method."""

    def start(self, settings: dict[str, str]) -> dict[str, Any]:
        """Start the session."""
        self._session: SparkSession = start_session(settings)
        self._measure = Measure(self._session)
        return {}

    def frame(self, events: str, spine: str, days: list[int], result: str | None = None) -> dict[str, Any]:
        """What count and sum over windows of so many days cost, to the last row, which `result` may keep."""
        return self._measure.run(lambda: compute(self._windows(events, spine, days), result))

    def _windows(self, events: str, spine: str, days: list[int]) -> DataFrame:
        asked = self._session.read.parquet(spine)
        known = self._session.read.parquet(events).withColumn("event", spark.lit(1))
        both = asked.unionByName(known, allowMissingColumns=True).withColumn("at", spark.unix_micros("event_timestamp"))
        by_key = Window.partitionBy("entity_id").orderBy("at")
        values = [
            value
            for length in days
            for within in (by_key.rangeBetween(-length * _DAY, -1),)
            for value in (
                spark.count("event").over(within).alias(f"events_{length}d"),
                spark.sum("amount").over(within).alias(f"amount_{length}d"),
            )
        ]
        return both.select("*", *values).where("row IS NOT NULL").drop("at", "event", "amount")


if __name__ == "__main__":
    serve(Worker())
