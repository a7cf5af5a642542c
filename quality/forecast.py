"""What a measure was expected to be at each boundary, from those before it.

A forecast is a level and, where there is evidence for it, the day of the week. The level is smoothed exponentially
with what surprises clipped (Gelper, Fried and Croux, Robust forecasting with exponential and Holt-Winters smoothing,
2010). How fast it follows is whatever would have erred least: slowly for days that are independent of each other, at
once for windows that overlap, whose values are those of the day before and a little more. One step at a time, its
errors are of the same kind for both, and limits are learnt from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEEK: Final = 7
WARM_UP: Final = 7
"""The boundaries at the beginning whose forecasts are not looked at."""

NORMAL: Final = 1.4826
"""The standard deviation of a normal distribution, in its median absolute deviations."""

_RATES: Final = (0.05, 0.2, 0.5, 1.0)
_CLIP: Final = 3.0
_EVIDENCE_FOR_SEASON: Final = 0.05
"""How much less (as a logarithm) the errors have to be with the week than without it."""


@dataclass(frozen=True)
class Forecast:
    """`errors` by boundary and measure, NaN where there is none; `expected` of the boundary after the last; and
    `widening`, how much larger the errors of that one are than those of others as it is further from the last known."""

    errors: NDArray[np.float64]
    expected: NDArray[np.float64]
    widening: NDArray[np.float64]


def forecast(
    values: NDArray[np.float64],
    floor: NDArray[np.float64],
    usable: NDArray[np.bool_],
    weekdays: NDArray[np.int64] | None,
    groups: NDArray[np.int64],
) -> Forecast:
    """Forecast each measure at each boundary, and at one more.

    `values` are by boundary and measure; `floor` says of each measure below which size errors do not count; `usable`
    which values levels may follow, where the others are missing or faulty. `weekdays` are those of all boundaries and
    of the one after the last, from 0; none if there is no week. `groups` are the places where groups of measures
    begin, each of which is forecast in one way.
    """
    filled = _filled(values, usable)
    seasons = np.zeros((1, *values.shape))
    coming = np.zeros((1, values.shape[1]))
    if weekdays is not None:
        own, after = _weekly(filled, usable, weekdays, floor)
        seasons, coming = np.concatenate((seasons, own[None])), np.concatenate((coming, after[None]))
    errors, levels, sizes = _smooth(filled - seasons, usable, floor)
    sizes[1:] += _EVIDENCE_FOR_SEASON
    chosen = _choose(sizes, groups)
    season, rate = chosen // len(_RATES), chosen % len(_RATES)
    columns = np.arange(values.shape[1])
    # What was faulty is no use to levels, but how far it was from them is known.
    of_chosen = errors[season, rate, :, columns].T + np.where(np.isfinite(values), values - filled, np.nan)
    # An error of k steps ahead is one of one step and the steps that the level made meanwhile.
    widening = np.sqrt(1 + _gaps(usable) * np.array(_RATES)[rate] ** 2)
    return Forecast(of_chosen, levels[season, rate, columns] + coming[season, columns], widening)


def robust_size(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """How large errors commonly are: the root of their mean square, each clipped at three times their median size."""
    size = np.abs(errors)
    some = np.isfinite(size)
    most = _CLIP * NORMAL * _middle(size, some)
    clipped = np.where(some, np.minimum(size, most), 0)
    return np.asarray(np.sqrt((clipped**2).sum(axis=0) / np.maximum(some.sum(axis=0), 1)))


def _middle(values: NDArray[np.float64], some: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The lower median of some of the values of each column; 0 of none."""
    # Sorting puts NaN last.
    ordered = np.sort(np.where(some, values, np.nan), axis=0)
    middle = ordered[np.maximum(some.sum(axis=0) - 1, 0) // 2, np.arange(values.shape[1])]
    return np.where(np.isfinite(middle), middle, 0)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`np.median` down the first axis, in a tenth of its time for a few values."""
    ordered = np.sort(values, axis=0)
    many = len(values)
    return np.asarray((ordered[(many - 1) // 2] + ordered[many // 2]) / 2)


def _filled(values: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The values, where they are no use those of a week before, or else the middle of the others."""
    filled = np.where(usable, values, _middle(values, usable))
    for place in np.flatnonzero(~usable.all(axis=1)):
        if place >= WEEK:
            filled[place] = np.where(usable[place], filled[place], filled[place - WEEK])
    return filled


def _weekly(
    values: NDArray[np.float64], usable: NDArray[np.bool_], weekdays: NDArray[np.int64], floor: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the day of the week adds at each boundary, learnt from the other weeks, and at the one after the last."""
    around = np.cumsum(np.pad(values, ((WEEK // 2 + 1, WEEK // 2), (0, 0)), mode="edge"), axis=0)
    added = values - (around[WEEK:] - around[:-WEEK]) / WEEK
    own = np.zeros_like(values)
    # The ends have no whole week around them.
    inner = np.zeros(len(values), dtype=bool)
    inner[WEEK // 2 : len(values) - WEEK // 2] = True
    means = np.zeros((WEEK, values.shape[1]))
    for day in range(WEEK):
        places = np.flatnonzero((weekdays[:-1] == day) & inner)
        if len(places) < 2:
            continue
        of_day = added[places]
        middle = _median(of_day)
        most = _CLIP * np.maximum(NORMAL * _median(np.abs(of_day - middle)), floor)
        of_day = np.where(usable[places], np.minimum(np.maximum(of_day, middle - most), middle + most), middle)
        means[day] = of_day.mean(axis=0)
        own[weekdays[:-1] == day] = means[day]
        own[places] = (of_day.sum(axis=0) - of_day) / (len(places) - 1)
    return own - means.mean(axis=0), means[weekdays[-1]] - means.mean(axis=0)


def _smooth(
    values: NDArray[np.float64], usable: NDArray[np.bool_], floor: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The errors of one step by season, rate, boundary and measure; the levels at the end; and the logarithms of how
    large the errors are, clipped."""
    seasons, length, columns = values.shape
    rates = np.array(_RATES)[None, :, None]
    steps = np.stack([_median(np.abs(np.diff(season, axis=0))) for season in values])
    most = _CLIP * np.maximum(NORMAL * steps, floor)[:, None, :]
    # One clip for all, or errors that are small by being clipped would be preferred.
    widest = most.max(axis=0, keepdims=True)
    level = np.repeat(np.stack([_median(season[:WARM_UP]) for season in values])[:, None, :], len(_RATES), axis=1)
    errors = np.full((seasons, len(_RATES), length, columns), np.nan)
    total = np.zeros_like(level)
    # A level is the mean of what there is until that is more than its rate remembers.
    shrinking = 1 / np.arange(2, length + 2)
    for place in range(length):
        error = values[:, place, None] - level
        if place >= WARM_UP:
            errors[:, :, place] = error
            total += np.minimum(error * error, widest * widest) * usable[place]
        rate = np.maximum(rates, shrinking[place]) * usable[place]
        level = level + rate * np.minimum(np.maximum(error, -most), most)
    count = np.maximum(usable[WARM_UP:].sum(axis=0), 1)
    return errors, level, np.log(np.maximum(np.sqrt(total / count), floor))


def _gaps(usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many boundaries lie between the last that is usable and the one after the last."""
    backwards = usable[::-1]
    return np.where(backwards.any(axis=0), np.argmax(backwards, axis=0), len(usable))


def _choose(sizes: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each measure the forecast, numbered over seasons and rates, with the smallest errors in its group."""
    flat = sizes.reshape(-1, sizes.shape[-1])
    best = np.argmin(np.add.reduceat(flat, groups, axis=1), axis=0)
    return np.repeat(best, np.diff([*groups, flat.shape[1]]))
