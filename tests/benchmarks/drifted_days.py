"""Days of a source, and what can go wrong with one: made from seeds, with numpy alone, so that any side can make them.

Nights are quiet, weekends differ, all rows of a day have something in common, and on some days more of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

DAYS: Final = 140
"""How many days a stream has; those from `JUDGED` on are looked at."""
JUDGED: Final = 84
COLUMNS: Final = ("delay", "amount", "channel", "hour")

VARIED: Final = 10_000
"""From this seed on each stream has a nature of its own; below they are alike."""

_RARELY: Final = 0.05
_CHANNELS: Final = np.array([0.4, 0.25, 0.18, 0.1, 0.05, 0.02])


@dataclass(frozen=True)
class Day:
    """The rows of a day by column: `delay` has the tails of Student's t with 5 degrees of freedom, `amount` those of a
    lognormal, both NaN where there is no value; `channel` is one of six, `hour` the hour of the day."""

    delay: np.ndarray
    amount: np.ndarray
    channel: np.ndarray
    hour: np.ndarray

    def rows(self, kept: np.ndarray) -> Day:
        """Some of the rows, by their places or as a mask."""
        return Day(*(getattr(self, column.name)[kept] for column in fields(self)))


@dataclass(frozen=True)
class Nature:
    """What a stream is like: about how many `rows` a working day has, as a logarithm how many more weekends have, how
    much higher their level is, in standard deviations, and that of what the rows of a day have in common."""

    rows: float = 600
    weekend_rows: float = -0.5
    weekend_level: float = 0.15
    shared: float = 0.04


def nature_of(seed: int) -> Nature:
    """The nature of a stream."""
    if seed < VARIED:
        return Nature()
    random = np.random.default_rng((seed, VARIED))
    return Nature(
        200 * 10 ** random.uniform(),
        random.uniform(-1, 0),
        random.uniform(0, 0.4),
        random.choice([0, 0.02, 0.04, 0.08]),
    )


def clean_days(seed: int) -> list[Day]:
    """A stream of days with nothing wrong."""
    random, nature = np.random.default_rng(seed), nature_of(seed)
    return [_clean_day(random, nature, day) for day in range(DAYS)]


def _clean_day(random: np.random.Generator, nature: Nature, day: int) -> Day:
    weekend = day % 7 >= 5
    much = nature.shared * (3 if random.uniform() < _RARELY else 1)
    busy, level = random.normal(0, much, 2)
    rows = random.poisson(nature.rows * np.exp(nature.weekend_rows * weekend + busy))
    clock = np.arange(24)
    shape = np.exp(1.2 * np.sin((clock - 8) / 24 * 2 * np.pi) + 0.5 * np.sin((clock - 3) / 12 * 2 * np.pi))
    hours = shape * np.exp(0.05 * random.normal(size=24))
    channels = _CHANNELS * np.exp(0.05 * random.normal(size=len(_CHANNELS)))
    level += nature.weekend_level * weekend
    delay = random.standard_t(5, rows) * np.sqrt(3 / 5) + level
    amount = np.exp(3 + random.normal(size=rows) + level)
    amount[random.uniform(size=rows) < 0.02] = np.nan
    return Day(
        delay,
        amount,
        random.choice(len(channels), rows, p=channels / channels.sum()),
        random.choice(24, rows, p=hours / hours.sum()),
    )


def _shift(by: float) -> Callable[[Day], Day]:
    return lambda day: replace(day, delay=day.delay + by)


def _shift_amount(by: float) -> Callable[[Day], Day]:
    return lambda day: replace(day, amount=day.amount * np.exp(by))


def _lose(day: Day) -> Day:
    gone = np.random.default_rng(len(day.amount)).uniform(size=len(day.amount)) < 0.05
    return replace(day, amount=np.where(gone, np.nan, day.amount))


SHIFTS: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
DRIFTS: Final[Mapping[str, tuple[str, Callable[[Day], Day]]]] = {
    **{f"delay shifted by {by} sigma": ("delay", _shift(by)) for by in SHIFTS},
    **{f"log amount shifted by {by} sigma": ("amount", _shift_amount(by)) for by in SHIFTS},
    "delay spread by 1.25": ("delay", lambda day: replace(day, delay=day.delay * 1.25)),
    "category of 5% vanished": (
        "channel",
        lambda day: replace(day, channel=np.where(day.channel == 4, 0, day.channel)),
    ),
    "5% more nulls": ("amount", _lose),
    "unit times 1000": ("amount", lambda day: replace(day, amount=day.amount * 1000)),
    "frozen value": ("delay", lambda day: replace(day, delay=np.full_like(day.delay, day.delay[0]))),
    "day duplicated": ("rows", lambda day: day.rows(np.tile(np.arange(len(day.hour)), 2))),
    "half the rows missing": ("rows", lambda day: day.rows(np.arange(0, len(day.hour), 2))),
    "last three hours missing": ("hour", lambda day: day.rows(day.hour < 21)),
    "an hour off": ("hour", lambda day: replace(day, hour=(day.hour + 1) % 24)),
}
"""What is planted on a single day, and the column that it is looked for in."""

TRIAL_DAYS: Final = (98, 106, 114, 122, 130, 138)
"""The days of a stream on which drifts are planted: one of each weekday but one."""

WINDOWS: Final[Mapping[str, Callable[[int], list[int]]]] = {
    "last 28 days": lambda day: list(range(day - 28, day)),
    "same weekday, 4 weeks": lambda day: [day - 7 * week for week in range(1, 5)],
}
"""The days that Evidently takes as its reference."""


def together(days: list[Day], places: list[int], column: str) -> Any:
    """One column of several days."""
    return np.concatenate([getattr(days[place], column) for place in places])
