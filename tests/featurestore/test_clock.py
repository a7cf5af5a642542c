"""Instants are read and written without losing a microsecond, and garbage is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.errors import RequestError
from featurestore.clock import FixedClock, SystemClock, format_instant, parse_instant

DAY = 86_400_000_000
FIRST = parse_instant("0001-01-01")
LAST = parse_instant("9999-12-31T23:59:59.999999")


@given(st.integers(FIRST, LAST))
def test_what_is_written_reads_back_as_the_same_instant(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(st.datetimes())
def test_a_datetime_without_an_offset_is_utc(moment: datetime) -> None:
    assert parse_instant(moment) == parse_instant(moment.replace(tzinfo=UTC)) == parse_instant(moment.isoformat())


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_an_offset_is_taken_off(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    assert parse_instant(moment.replace(tzinfo=zone)) == parse_instant(moment) - minutes * 60_000_000


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00Z", 0),
        (" 1970-01-02 01:00:00+01:00 ", DAY),
        ("1969-12-31T23:59:59.999999", -1),
        ("2013-06-01T12:30:00Z", 1_370_089_800_000_000),
    ],
)
def test_iso_texts_are_read(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


def test_dates_and_pandas_timestamps_are_read() -> None:
    assert parse_instant(date(1970, 1, 2)) == DAY
    assert parse_instant(pd.Timestamp("1970-01-02")) == DAY
    assert parse_instant(pd.Timestamp("1970-01-02T01:00", tz="Europe/Berlin")) == DAY


@pytest.mark.parametrize("value", ["", "now", "2013-13-01", "2013-02-30", "23:59", 5, None, pd.NaT, 1.5, b"2013-01-01"])
def test_what_is_no_instant_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(RequestError, match="is no instant") as error:
        parse_instant(value)  # type: ignore[arg-type]
    assert repr(value) in str(error.value)


def test_an_instant_outside_the_calendar_cannot_be_written() -> None:
    with pytest.raises(RequestError, match="outside the years"):
        format_instant(LAST + 1)


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock("2013-06-01")
    assert clock.now() == clock.now() == parse_instant("2013-06-01")
    clock.advance(5)
    assert clock.now() == parse_instant("2013-06-01") + 5
    clock.set(datetime(1970, 1, 1))
    assert clock.now() == 0


def test_the_system_clock_tells_utc_microseconds() -> None:
    now = SystemClock().now()
    assert abs(now - parse_instant(datetime.now(UTC))) < 60_000_000
