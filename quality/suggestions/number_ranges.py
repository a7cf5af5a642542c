"""How far numbers may go: from the extremes of days and from how much these differ.

The greatest value of a day grows with the number of days, by as much each time they double where tails are thin and by
a factor where they are heavy. The greatest of all days is as far above that of an ordinary day as some ten weeks took
it; twice as far again is what centuries would take. In factors, as here, that is enough for both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from definitions.expectation import Range
from definitions.statistic import Statistic
from quality.suggestions.history import SourceHistory, SourceSample
from quality.suggestions.suggested import Suggested, suggested, thin_evidence

MARGIN: Final = 2.0
"""The power of how many times an ordinary day's the greatest is; as many times that is the limit."""
MOST_BEYOND: Final = 30.0
"""A limit so many times the greatest value that there was would be arbitrary: the tail is too heavy for any."""
MOST_RECORDS: Final = 3.0
"""Extremes of days that go with time set more records than chance does: of n days the logarithm of n, and about as
much as its root either way. So many roots are too many."""


def range_statistics(sample: SourceSample) -> Iterator[Statistic]:
    """What has to be known of each day."""
    for name in _ranged(sample):
        yield from _extremes(sample, name)


def suggest_ranges(history: SourceHistory) -> Iterator[Suggested]:
    """The limits of the columns that have some."""
    for name in _ranged(history.sample):
        least, greatest = _extremes(history.sample, name)
        lows, highs = _values(history, least), _values(history, greatest)
        if not lows or min(lows) == max(highs):
            # What never was otherwise says nothing of how far it may go.
            continue
        found = range_between(lows, highs, history.sample.types[name].is_integer, name)
        if found is not None:
            values = history.rows - history.total(history.sample.profiles[name].nulls)
            yield suggested(found, thin_evidence(history, values))


def range_between(
    lows: Sequence[float], highs: Sequence[float], whole: bool, column: str | None = None, tightest: float = 1.0
) -> Range | None:
    """The limits of numbers, `whole` ones or any, by their extremes on each day, in the order of days; None without
    any. No limit is nearer than `tightest` times the extreme of all days."""
    low, high = _limits(lows, highs, tightest)
    if (low, high) == (None, None):
        return None
    return Range(
        check="range",
        column=column,
        min=None if low is None else _plain(low, whole),
        max=None if high is None else _plain(high, whole),
    )


def _ranged(sample: SourceSample) -> list[str]:
    """The columns that have limits which may be told."""
    return [
        name
        for name, kind in sample.types.items()
        if kind.is_numeric and not sample.is_like_id(name) and not sample.is_personal(name) and sample.profiles[name].of
    ]


def _extremes(sample: SourceSample, name: str) -> tuple[Statistic, Statistic]:
    of = sample.profiles[name].of or ""
    return Statistic("least", of), Statistic("greatest", of)


def _values(history: SourceHistory, statistic: Statistic) -> list[float]:
    """By day, in their order, of those that have any."""
    found = (history.days[day][statistic] for day in sorted(history.days))
    return [value for value in found if isinstance(value, (int, float))]


def _limits(lows: Sequence[float], highs: Sequence[float], tightest: float) -> tuple[float | None, float | None]:
    """The least and the greatest value to expect; None where there is no such limit."""
    if min(lows) >= 0:
        return 0, _limit(highs, tightest)
    if max(highs) <= 0:
        below = _limit([-low for low in lows], tightest)
        return None if below is None else -below, 0
    # Of what lies on both sides of zero distances from its middle are what grows.
    middle = (median(lows) + median(highs)) / 2
    low = _limit([middle - low for low in lows], tightest)
    high = _limit([high - middle for high in highs], tightest)
    return None if low is None else middle - low, None if high is None else middle + high


def _limit(extremes: Sequence[float], tightest: float) -> float | None:
    greatest, ordinary = max(extremes), median(extremes)
    if ordinary <= 0 or _goes_with_time(extremes):
        return None
    # Where it is reached on most days and never passed the values end.
    beyond = (greatest / ordinary) ** MARGIN
    return greatest * max(beyond, tightest) if beyond <= MOST_BEYOND else None


def _goes_with_time(extremes: Sequence[float]) -> bool:
    records, highest = 0, -math.inf
    for value in extremes:
        if value > highest:
            records, highest = records + 1, value
    expected = math.log(len(extremes)) + 0.58
    return records > expected + MOST_RECORDS * math.sqrt(expected)


def _plain(value: float, whole: bool) -> int | float:
    """Outwards to three digits that count, as people write limits."""
    if value == int(value) and abs(value) < 1000:
        return int(value)
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 2)
    rounded = math.copysign(math.ceil(abs(value) / unit - 1e-9) * unit, value)
    rounded = math.copysign(math.ceil(abs(rounded)), value) if whole else float(f"{rounded:.12g}")
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e15 else rounded
