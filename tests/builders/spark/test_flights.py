"""Both engines give the same values for every column of every view of the flights, to the bit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from builders.spark.engine import SparkEngine
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.journeys.shop import bits

END = "2013-04-01T06:00:00Z"
ROWS = 1_500

VIEWS = {
    *("airport_departures", "airport_outcomes", "airport_arrivals", "carrier_punctuality", "carrier_today"),
    *("carrier_fleet", "carrier_departures", "plane_history", "plane_register", "route_history"),
    *("airport_weather", "airport_weather_hours"),
}

BUILT = ["carrier_punctuality", "plane_history", "plane_register"]
"""Views whose tiles are built: by day, by hour, and of a source without timestamp."""

ODD = {
    "spark.sql.session.timeZone": "America/New_York",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.parquet.int96AsTimestamp": "false",
}
"""What a session may have been set to by its application."""


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory, written_flights: Path) -> Path:
    return Path(shutil.copytree(written_flights, tmp_path_factory.mktemp("flights") / "repository"))


@pytest.fixture(scope="module")
def spine(flights: Path) -> pa.Table:
    """Departures of a week, in no order, with the keys of all entities; some keys are null."""
    rows = pd.read_parquet(flights / "data" / "flights")
    rows["event_timestamp"] = rows["scheduled_departure"] - pd.Timedelta(hours=2)
    week = rows[rows["event_timestamp"].between("2013-03-25", "2013-04-01")].sample(ROWS, random_state=1)
    names = ["flight_id", "carrier", "origin", "dest", "tailnum", "event_timestamp"]
    return pa.Table.from_pandas(week[names], preserve_index=False)


def _frames(store: FeatureStore, spine: pa.Table, *requests: str | list[str]) -> list[dict[str, Any]]:
    """A frame for each request, to the bit."""
    return [bits(store.get_historical_features(spine, request).to_arrow().to_pydict()) for request in requests]


def _store(folder: Path, engine: SparkEngine | None = None, **conf: str) -> FeatureStore:
    """A store of the folder, on a session of the engine's application that has its own settings, if there is one."""
    session = None
    if engine is not None:
        session = engine.session.newSession()
        for name, value in conf.items():
            session.conf.set(name, value)
    store = FeatureStore(folder, clock=FixedClock(END), spark=session)
    store.apply()
    return store


def test_frames_from_the_sources_are_equal_whatever_the_session_says(
    flights: Path, spine: pa.Table, engine: SparkEngine
) -> None:
    every_column = ("departure_delay", ["carrier_fleet:*"])
    on_spark = _store(flights, engine, **ODD)
    assert set(on_spark.validate().repository.feature_views) == VIEWS
    assert _frames(on_spark, spine, *every_column) == _frames(_store(flights), spine, *every_column)


def test_tiles_that_one_engine_built_are_read_by_the_other(
    flights: Path, spine: pa.Table, engine: SparkEngine, tmp_path: Path
) -> None:
    requests = [[f"{view}:*"] for view in BUILT]
    expected = _frames(_store(flights), spine, *requests)
    on_duckdb, on_spark = (shutil.copytree(flights, tmp_path / name) for name in ("duckdb", "spark"))
    _store(on_duckdb).materialize(END, BUILT, publish=False)
    _store(on_spark, engine, **ODD).materialize(END, BUILT, publish=False)
    assert _frames(_store(on_spark), spine, *requests) == expected
    assert _frames(_store(on_duckdb, engine), spine, *requests) == expected


def test_the_tests_that_views_carry_hold_on_spark(flights: Path, engine: SparkEngine) -> None:
    results = _store(flights, engine).test()
    assert results and all(result.passed for result in results)
