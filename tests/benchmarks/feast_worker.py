"""Feast in its own environment: reads one task a line as JSON, answers each with one line of JSON.

It runs on Feast's interpreter and imports nothing of ours but what reads lines. What a task times starts after Feast is
imported, its store is open and its registry applied.
"""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from feast import (  # type: ignore[import-not-found]
    Entity,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
    ValueType,
)
from feast.types import Float64  # type: ignore[import-not-found]

from tests.benchmarks.serving import serve

# On HBase a project is a namespace, which Feast does not make; this one is always there.
_CONFIGURATION = """\
project: default
provider: local
registry: registry.db
entity_key_serialization_version: 3
offline_store: {{type: {offline}}}
online_store: {online}
"""


class Worker:
    """Open stores and loaded spines by name, and the tasks as methods of the same names."""

    def __init__(self) -> None:
        self._stores: dict[str, FeatureStore] = {}
        self._spines: dict[str, pd.DataFrame] = {}

    def open(
        self, name: str, folder: str, offline: str, online: dict[str, str], key: str, views: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Write a repository with `views` (name, file, features, ttl in days or None), apply and open it; `online` is
        what Feast's configuration says of its online store."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        configuration = _CONFIGURATION.format(offline=offline, online=json.dumps(online))
        (place / "feature_store.yaml").write_text(configuration, encoding="utf-8")
        store = FeatureStore(repo_path=folder)
        entity = Entity(name="customer", join_keys=[key], value_type=ValueType.INT64)
        declared = [
            FeatureView(
                name=view["name"],
                entities=[entity],
                ttl=None if view["ttl"] is None else timedelta(days=view["ttl"]),
                schema=[Field(name=feature, dtype=Float64) for feature in view["features"]],
                source=FileSource(name=view["name"], path=view["file"], timestamp_field="event_timestamp"),
            )
            for view in views
        ]
        store.apply([entity, *declared])
        self._stores[name] = store
        return {}

    def frame(self, name: str, spine: str, features: list[str], result: str | None = None) -> dict[str, Any]:
        """A training frame of a spine that is a dataframe in memory, to Arrow; `result` is a file to keep it in."""
        if spine not in self._spines:
            self._spines[spine] = pq.read_table(spine).to_pandas()
        # Feast writes into the dataframe that it is given.
        given = self._spines[spine].copy()
        start = time.perf_counter()
        table = self._stores[name].get_historical_features(entity_df=given, features=features).to_arrow()
        seconds = time.perf_counter() - start
        if result is not None:
            pq.write_table(table, result)
        return {"seconds": seconds}

    def materialize(self, name: str, start: str, end: str) -> dict[str, Any]:
        """Sources to the online store."""
        begin = time.perf_counter()
        self._stores[name].materialize(datetime.fromisoformat(start), datetime.fromisoformat(end))
        return {"seconds": time.perf_counter() - begin}

    def look_up(self, name: str, features: list[str], batches: list[list[dict[str, Any]]]) -> dict[str, Any]:
        """The seconds of each batch's look-up, and the last one's values."""
        store = self._stores[name]
        seconds, values = [], {}
        for rows in batches:
            start = time.perf_counter()
            values = store.get_online_features(features=features, entity_rows=rows).to_dict()
            seconds.append(time.perf_counter() - start)
        return {"seconds": seconds, "values": values}


if __name__ == "__main__":
    serve(Worker())
