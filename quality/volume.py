"""Whether a day has as many rows as its day of the week had in the weeks before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from definitions.expectation import Volume

FEWEST_WEEKS: Final = 2
"""How many of the weeks before must have had rows on that day before anything is said."""


@dataclass(frozen=True, slots=True)
class VolumeBreach:
    """A day has `rows` where about `expected` were, and from `least` to `most` would have been in order."""

    rows: int
    expected: float
    least: float
    most: float


def judge_volume(check: Volume, day: int, rows: Mapping[int, int]) -> VolumeBreach | None:
    """What is wrong with the number of rows of a day (since 1970), by those of the days before; None if nothing is, or
    if there are too few weeks to say so. What most weeks had counts, so that one that was wrong changes little."""
    before = [rows[day - 7 * week] for week in range(1, check.weeks + 1) if rows.get(day - 7 * week)]
    if len(before) < FEWEST_WEEKS:
        return None
    expected = median(before)
    least, most = expected * (1 - check.within), expected * (1 + check.within)
    held = rows.get(day, 0)
    return None if least <= held <= most else VolumeBreach(held, expected, least, most)
