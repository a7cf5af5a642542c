"""How surprising an error of a forecast is, and the limits beyond which it is a finding: learnt from earlier errors.

The variation between boundaries sets the limits, not that of independent rows within one, which knows nothing of what
all rows of a day have in common. A score is a p-value's negative logarithm (base 10), from Student's t with as many
degrees of freedom as errors were seen, so that little evidence means wide limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from quality.forecast import robust_size
from quality.measures import Family

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS: Final[Mapping[Family, float]] = {
    "rows": 0.15,
    "nulls": 0.1,
    "mean": 0.2,
    "rank": 0.25,
    "spread": 0.1,
    "share": 0.1,
    "until": 0.15,
    "profile": 0.1,
}
"""How the measures of a column share its false findings (Genovese, Roeder and Wasserman, False discovery control with
p-value weighting, 2006); of a column that has fewer, as parts of what it has."""

_FAULTS: Final = 0.02
"""The share of errors that may be past faults: so many of the largest say nothing of the tail."""
_PRIOR: Final = 8
"""For how many errors of its own the spread of its neighbours stands to a measure (Smyth, Linear models and empirical
Bayes methods, 2004)."""
_NORMAL: Final = NormalDist()
_FAR: Final = 25.0


@dataclass(frozen=True)
class Spread:
    """What errors are like: their `size`, and the `freedom` with which it is known."""

    size: NDArray[np.float64]
    freedom: NDArray[np.float64]


def learn_spread(errors: NDArray[np.float64], floor: NDArray[np.float64], groups: NDArray[np.int64]) -> Spread:
    """The spread of errors by boundary and measure, never below `floor`; `groups` are the places where groups of
    measures begin that are spread alike.

    Heavy tails widen it: as far as the largest errors, but for the few that may be faults, exceed those that a normal
    distribution would have.
    """
    some = np.isfinite(errors)
    count = some.sum(axis=0)
    size = np.maximum(robust_size(errors), floor)
    size = np.maximum(size, _towards_neighbours(size, count, groups))
    ordered = np.sort(np.where(some, np.abs(errors), 0), axis=0)[::-1]
    left_out = np.minimum(np.ceil(_FAULTS * count).astype(np.int64), len(ordered) - 1)
    usual = {
        many: -_NORMAL.inv_cdf((math.ceil(_FAULTS * many) + 0.5) / many / 2) if many else math.inf
        for many in set(count.tolist())
    }
    expected = np.array([usual[many] for many in count.tolist()])
    tail = np.maximum(ordered[left_out, np.arange(len(size))] / (size * expected), 1.0)
    return Spread(size * tail, np.maximum(count - 1.0, 1.0))


def _towards_neighbours(
    size: NDArray[np.float64], count: NDArray[np.int64], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    many = np.diff([*groups, len(size)])
    common = np.repeat(np.add.reduceat(np.log(size), groups) / many, many)
    own = count / (count + _PRIOR)
    return np.exp(own * np.log(size) + (1 - own) * common)


def surprise(ratio: float, freedom: float, tests: float) -> float:
    """The score of an error of `ratio` times its size, the most surprising of so many `tests`; at least 0."""
    # Wallace, Bounds on normal approximations to Student's and the chi-square distributions, 1959.
    normal = math.sqrt(freedom * math.log1p(ratio**2 / freedom)) * (8 * freedom + 1) / (8 * freedom + 3)
    if normal < _FAR:
        logarithm = math.log10(math.erfc(normal / math.sqrt(2)))
    else:
        logarithm = -(normal**2) / 2 / math.log(10) - math.log10(normal * math.sqrt(math.pi / 2))
    return max(0.0, -logarithm - math.log10(tests))


def allowed(score: float, freedom: float, tests: float) -> float:
    """How many times its size an error may be until its surprise is `score`."""
    normal = -_NORMAL.inv_cdf(10.0**-score / tests / 2) * (8 * freedom + 3) / (8 * freedom + 1)
    return math.sqrt(freedom * math.expm1(normal**2 / freedom))
