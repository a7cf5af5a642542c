"""Real flights: what a model is trained on is what it is told online through HBase, in every column of its service."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from online_hbase.site import Site
from online_hbase.store import HBaseOnlineStore
from tests.journeys.shop import bits
from tests.online_hbase.conftest import MakeTable

NOW = "2013-06-01T06:30:00Z"
KEYS = ["carrier", "tailnum", "origin", "dest"]


@pytest.fixture(scope="module")
def flights(
    tmp_path_factory: pytest.TempPathFactory, written_flights: Path, hbase: Site, make_table: MakeTable
) -> Iterator[FeatureStore]:
    folder = Path(shutil.copytree(written_flights, tmp_path_factory.mktemp("flights") / "repository"))
    online = f"online: {{type: hbase, port: {hbase.ports.thrift}, table_prefix: {make_table()}}}\n"
    with (folder / "featurestore.yaml").open("a") as configuration:
        configuration.write(online)
    store = FeatureStore(folder, clock=FixedClock(NOW))
    store.apply()
    store.materialize()
    yield store


def _spine(store: FeatureStore) -> pd.DataFrame:
    """Airlines, planes and routes of some flights, and some that nobody knows, as of now."""
    rows = pd.read_parquet(Path(store.root) / "data" / "flights", columns=KEYS)
    spine = rows.sample(400, random_state=1).reset_index(drop=True)
    spine.loc[::40, "tailnum"] = "nobody"
    spine.loc[7::40, "dest"] = None
    spine["event_timestamp"] = pd.Timestamp(NOW)
    return spine


def test_online_is_the_training_row_for_every_column(flights: FeatureStore) -> None:
    assert isinstance(flights._online, HBaseOnlineStore)
    spine = _spine(flights)
    frame = flights.get_historical_features(spine, "departure_delay").to_arrow().to_pydict()
    asked = [{key: None if pd.isna(row[key]) else row[key] for key in KEYS} for _, row in spine.iterrows()]
    online = flights.get_online_features("departure_delay", asked).to_dict()
    assert len(online) > 80
    assert bits(online) == bits({name: frame[name] for name in online})
    reads = flights._online.pool.metrics.latencies["read"]
    assert reads.calls == -(-sum(map(len, _keys_of(flights, asked))) // 1_000)


def _keys_of(store: FeatureStore, asked: list[dict[str, object]]) -> list[list[object]]:
    """The keys that are known of each view of the service: they are read a thousand at a time, whatever the view."""
    plan = store._lookup._plan("departure_delay").readings
    return [[row for row in asked if all(row[name] is not None for name in reading.key_columns)] for reading in plan]
