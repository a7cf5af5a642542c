"""Spans of time and the hop grid, in int64 microseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

MICROSECONDS: Final = {
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 7 * 86_400_000_000,
}
DAY: Final = MICROSECONDS["d"]
EXACT: Final = "exact"
BEGINNING: Final = -(2**62)
"""The instant (microseconds) at which rows without a timestamp stand: before every other one."""

END: Final = 2**62
"""Beyond every instant (microseconds)."""
_DURATION: Final = re.compile(r"(\d{1,9})([smhdw])")


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span of time: `microseconds` counts, `text` is how the author wrote it (`7d`) and names columns."""

    microseconds: int
    text: str

    def __str__(self) -> str:
        return self.text


def is_duration(text: str) -> bool:
    """Whether `parse_duration` can read it."""
    return _DURATION.fullmatch(text.strip()) is not None


def parse_duration(text: str) -> Duration:
    """Read a span such as `30m`, `1h`, `7d` or `2w`.

    Raises:
        ValueError: it is not a whole number followed by s, m, h, d or w.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration; write a whole number and s, m, h, d or w, such as 1h or 28d")
    return Duration(int(match[1]) * MICROSECONDS[match[2]], text.strip())


def spell_duration(microseconds: int) -> str:
    """A span in its largest unit that gives a whole number, below weeks: `7d`, `90m`."""
    unit = next(name for name in "dhms" if microseconds % MICROSECONDS[name] == 0)
    return f"{microseconds // MICROSECONDS[unit]}{unit}"


def floor_to_hop(instant: int, hop: int) -> int:
    """The boundary at or before `instant`; both in microseconds, floors go down before 1970 too."""
    return instant - instant % hop


def spell_instant(instant: int) -> str:
    """An instant (microseconds) for people: a day where it is midnight, and a number beyond the calendar."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(microseconds=instant)
    except OverflowError:
        return f"{instant} us"
    return moment.date().isoformat() if instant % DAY == 0 else f"{moment.isoformat()}Z"


Every = Duration | Literal["exact"]
