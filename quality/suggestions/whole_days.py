"""How many rows a day has, and how long there are none: what the source's days have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median
from typing import Final

from definitions.durations import parse_duration
from definitions.expectation import Freshness, Volume
from quality.suggestions.history import ROWS, SourceHistory
from quality.suggestions.suggested import Suggested, suggested

FARTHER: Final = 1.5
"""How often as far from its weekday's as days strayed one may stray."""
TIGHTEST: Final = 0.3
LONGER: Final = 1.25
_WEEKS: Final = 4
_FEWEST_WEEKS: Final = 2
_FEWEST_DAYS: Final = 14
_HOURS: Final = 24


def suggest_volume(history: SourceHistory) -> Iterator[Suggested]:
    """How far a day may stray from what its day of the week had in the weeks before."""
    rows = {day: history.count(day, ROWS) for day in history.days}
    strayed = []
    for day in history.due:
        before = [rows[day - 7 * week] for week in range(1, _WEEKS + 1) if rows.get(day - 7 * week)]
        if len(before) >= _FEWEST_WEEKS:
            strayed.append(abs(rows.get(day, 0) / median(before) - 1))
    if len(strayed) < _FEWEST_DAYS:
        return
    within = max(TIGHTEST, math.ceil(20 * FARTHER * max(strayed) - 1e-9) / 20)
    thin = f"days strayed by up to {100 * max(strayed):.0f} % from their day of the week" if within >= 1 else ""
    yield suggested(Volume(check="volume", within=within, weeks=_WEEKS), thin)


def suggest_freshness(history: SourceHistory) -> Iterator[Suggested]:
    """How old the newest row may be, from the longest time without one: it lay between the hours around those that
    had none."""
    hours = _rows_by_hour(history)
    if hours:
        longest = max((len(run) for run in "".join("x" if count else " " for count in hours).split("x")), default=0)
        within = math.ceil(LONGER * (longest + 2))
        text = f"{within // 24}d" if within >= 72 and within % 24 == 0 else f"{within}h"
        yield suggested(Freshness(check="freshness", within=parse_duration(text)))


def _rows_by_hour(history: SourceHistory) -> list[int]:
    """How many rows each hour had, of the days that say something one after the other."""
    timestamp = history.source.timestamp or ""
    reference = history.reference(timestamp)
    counted = [] if reference is None else history.sample.profiles[timestamp].statistics(reference)
    hours: list[int] = []
    for statistic in counted:
        if statistic.kind == "categories":
            for day in history.due:
                found = history.days[day][statistic] if day in history.days else (0,) * (_HOURS + 1)
                assert isinstance(found, tuple)
                # In the order of the reference's values, which are the hours; what is in no hour comes last.
                hours += found[:_HOURS]
    return hours
