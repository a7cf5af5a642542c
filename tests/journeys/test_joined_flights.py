"""A year of real flights with their planes and the weather of their departure, against a join of pandas."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from featurestore import FeatureStore
from featurestore.clock import FixedClock

ASKED = ("2013-01-02T12:00:00Z", "2013-03-10T00:30:00Z", "2013-07-04T15:00:00Z", "2013-12-31T23:00:00Z")


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory, written_flights: Path) -> Path:
    return Path(shutil.copytree(written_flights, tmp_path_factory.mktemp("flights") / "repository"))


def joined(folder: Path) -> pd.DataFrame:
    """Every departure beside its plane and the last observation at its airport."""
    files = sorted((folder / "data" / "flights").iterdir())
    departures = pd.concat([pd.read_parquet(file) for file in files]).dropna(subset=["departed_at"])
    planes = pd.read_parquet(folder / "data" / "planes.parquet").set_index("tailnum")
    weather = pd.read_parquet(folder / "data" / "weather.parquet").sort_values("observed_at")
    assert not weather.duplicated(["airport", "observed_at"]).any()
    beside = pd.merge_asof(
        departures.sort_values("departed_at"), weather[["airport", "observed_at", "wind_speed"]],
        left_on="departed_at", right_on="observed_at", left_by="origin", right_by="airport",
    )  # fmt: skip
    return beside.join(planes[["seats", "built"]], on="tailnum")


@pytest.mark.parametrize("materialized", [False, True], ids=["from the sources", "from tiles"])
def test_planes_and_weather_stand_beside_departures_as_pandas_puts_them(flights: Path, materialized: bool) -> None:
    store = FeatureStore(flights, clock=FixedClock("2014-01-10T00:00:00Z"))
    store.apply()
    if materialized:
        store.materialize(views=["carrier_fleet"], publish=False)
    beside = joined(flights)
    assert beside["wind_speed"].notna().mean() > 0.99
    assert 0.8 < beside["seats"].notna().mean() < 0.9, "of one flight in six the register knows no plane"
    asked = pd.DataFrame({"carrier": np.repeat(["UA", "B6", "HA", "OO"], len(ASKED)), "at": [*ASKED] * 4})
    asked["at"] = pd.to_datetime(asked["at"], utc=True)
    found = store.get_historical_features(asked, ["carrier_fleet:*"], timestamp="at").to_pandas()
    for row in found.itertuples():
        end = (row.at - pd.Timedelta("1h")).floor("D")
        own = beside[(beside["carrier"] == row.carrier) & (beside["departed_at"] < end)]
        week, month = (own[own["departed_at"] >= end - pd.Timedelta(days=days)] for days in (7, 28))
        _assert_same(row.seats_7d, week["seats"].sum() if week["seats"].notna().any() else None)
        known = month.dropna(subset=["built"])
        _assert_same(row.old_share_28d, ((known["departed_at"].dt.year - known["built"]) >= 20).mean())
        _assert_same(row.dep_delay_in_wind_28d, month.loc[month["wind_speed"] > 15, "dep_delay"].mean())


def _assert_same(found: float, expected: float | None) -> None:
    if expected is None or pd.isna(expected):
        assert pd.isna(found)
    else:
        assert found == pytest.approx(float(expected), rel=1e-9)
