"""Instants as UTC microseconds, and where "now" comes from."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from definitions.durations import BEGINNING
from definitions.errors import RequestError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Clock(Protocol):
    """Whatever tells the time; injectable, so that a demo can stand at its data's own time."""

    def now(self) -> int:
        """The present instant in UTC microseconds since 1970."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> int:
        return time.time_ns() // 1000


class FixedClock:
    """A clock that stands still until it is moved; `instant` is whatever `parse_instant` reads, or microseconds."""

    def __init__(self, instant: int | str | datetime) -> None:
        self.set(instant)

    def now(self) -> int:
        return self._instant

    def set(self, instant: int | str | datetime) -> None:
        """Stand at `instant` from now on.

        Raises:
            RequestError: the text is no instant.
        """
        self._instant = instant if isinstance(instant, int) else parse_instant(instant)

    def advance(self, microseconds: int) -> None:
        """Move by `microseconds`, backwards if negative."""
        self._instant += microseconds


def parse_instant(value: str | date) -> int:
    """Read an ISO 8601 text, a datetime or a date as UTC microseconds; without an offset it is UTC.

    Digits below the microsecond are dropped (floor), a date is its first instant.

    Raises:
        RequestError: it is no instant: other text, another type, or a missing value such as NaT.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise _no_instant(value) from None
    elif isinstance(value, date) and isinstance(value.year, int):  # pandas' NaT is a datetime of the year NaN
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    else:
        raise _no_instant(value)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def format_instant(instant: int) -> str:
    """Write UTC microseconds as ISO 8601, such as `2013-06-01T12:30:00Z`; `parse_instant` reads it back.

    Raises:
        RequestError: the instant is outside the years 1 to 9999.
    """
    try:
        moment = _EPOCH + timedelta(microseconds=instant)
    except OverflowError:
        raise RequestError(f"{instant} microseconds since 1970 is outside the years 1 to 9999") from None
    return moment.isoformat().replace("+00:00", "Z")


def day_of(instant: int) -> str:
    """The day of an instant (UTC microseconds), such as `2013-06-01`; as `format_instant` raises."""
    return format_instant(instant).partition("T")[0]


def format_range(start: int, end: int) -> str:
    """Write a range of instants as `from .. to ..`; tiles may reach back before every instant that can be written."""
    first = "the beginning" if start == BEGINNING else format_instant(start)
    return f"from {first} to {format_instant(end) if end > BEGINNING + 1 else 'the beginning'}"


def _no_instant(value: object) -> RequestError:
    return RequestError(f"{value!r} is no instant; write ISO 8601 such as 2013-06-01T12:30:00Z (UTC without an offset)")
