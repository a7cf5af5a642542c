"""Feast's Spark store in its own environment; it imports nothing of ours but what measures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from feast import Entity, FeatureStore, FeatureView, Field, ValueType  # type: ignore[import-not-found]
from feast.infra.offline_stores.contrib.spark_offline_store.spark_source import (  # type: ignore[import-not-found]
    SparkSource,
)
from feast.types import Float64  # type: ignore[import-not-found]
from pyspark.sql import DataFrame, SparkSession

from tests.benchmarks.serving import serve
from tests.benchmarks.spark_measure import Measure, compute, start_session


class Worker:
    """One store, and a task a method."""

    def open(self, folder: str, settings: dict[str, str], key: str, views: list[dict[str, Any]]) -> dict[str, Any]:
        """Write a repository with `views` (name, file, features, ttl in days), apply and open it."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        configuration = {
            "project": "benchmark",
            "provider": "local",
            "registry": "registry.db",
            "entity_key_serialization_version": 3,
            "offline_store": {"type": "spark", "spark_conf": settings},
            "online_store": {"type": "sqlite", "path": "online.db"},
        }
        (place / "feature_store.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
        # The one that Feast would start: it takes an active session before its own settings.
        self._session: SparkSession = start_session(settings)
        self._measure = Measure(self._session)
        self._store = FeatureStore(repo_path=folder)
        entity = Entity(name="customer", join_keys=[key], value_type=ValueType.INT64)
        declared = [
            FeatureView(
                name=view["name"],
                entities=[entity],
                ttl=timedelta(days=view["ttl"]),
                schema=[Field(name=feature, dtype=Float64) for feature in view["features"]],
                source=SparkSource(
                    name=view["name"], path=view["file"], file_format="parquet", timestamp_field="event_timestamp"
                ),
            )
            for view in views
        ]
        self._store.apply([entity, *declared])
        return {}

    def frame(self, spine: str, features: list[str], result: str | None = None) -> dict[str, Any]:
        """What a training frame costs, from the entity dataframe's file to the last row, which `result` may keep."""
        return self._measure.run(lambda: compute(self._frame(spine, features), result))

    def _frame(self, spine: str, features: list[str]) -> DataFrame:
        given = self._session.read.parquet(spine)
        frame: DataFrame = self._store.get_historical_features(entity_df=given, features=features).to_spark_df()
        return frame


if __name__ == "__main__":
    serve(Worker())
