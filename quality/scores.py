"""How surprising each measure of a column is at the last boundary, by those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quality.forecast import forecast
from quality.history import EVIDENCE, History
from quality.limits import WEIGHTS, allowed, learn_spread, surprise
from quality.measures import Family, Measures, in_its_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Observation:
    """One measure at one boundary, in its own unit: what was `observed` and `expected`, and the limits. `label` says
    what a share is of: a category, `up to 3.5`, or `in hour 13`. Scores of any measures compare: a 5 is as surprising
    as what happens to a column once in 10**5 boundaries."""

    family: Family
    label: str
    observed: float
    expected: float
    lowest: float
    highest: float
    score: float


@dataclass(frozen=True, slots=True)
class Scored:
    """A measure on the scale that it is judged on, with the `size` of its errors, known with so much `freedom`, as the
    most surprising of so many `tests`."""

    family: Family
    label: str
    observed: float
    expected: float
    size: float
    freedom: float
    tests: float
    score: float

    def observation(self, limit: float) -> Observation:
        """The measure in its own unit, with the limits beyond which its score is above `limit`."""
        reach = self.size * allowed(limit, self.freedom, self.tests)
        observed, expected, low, high = (
            in_its_unit(self.family, value)
            for value in (self.observed, self.expected, self.expected - reach, self.expected + reach)
        )
        return Observation(self.family, self.label, observed, expected, low, high, self.score)


def score_columns(
    measured: Mapping[str, Measures], histories: Mapping[str, History], weekdays: NDArray[np.int64] | None
) -> dict[str, list[Scored]]:
    """The measures of each column at the last boundary. `measured` have the boundary itself, `histories` those before
    it, `weekdays` all of them; none if there is no week."""
    looked_at = {name: _looked_at(measures, histories[name]) for name, measures in measured.items()}
    if not any(places.size for places in looked_at.values()):
        return {name: [] for name in measured}
    values, noise, grain = (
        np.concatenate([getattr(measured[name], part)[:, places] for name, places in looked_at.items()], axis=1)
        for part in ("values", "noise", "grain")
    )
    usable, tells = (
        np.concatenate(
            [
                np.repeat(getattr(histories[name], part)[:, None], places.size, axis=1)
                for name, places in looked_at.items()
            ],
            axis=1,
        )
        for part in ("usable", "tells")
    )
    families = [(name, measured[name].families[place]) for name, places in looked_at.items() for place in places]
    groups = np.array([place for place, family in enumerate(families) if place == 0 or families[place - 1] != family])
    middle = len(values) // 2 - 1
    floor = np.partition(grain[:-1], middle, axis=0)[middle]
    made = forecast(values[:-1], floor, usable & np.isfinite(values[:-1]), weekdays, groups)
    errors = np.where(tells, made.errors, np.nan)
    spread = learn_spread(errors, floor, groups)
    # Fewer values than there used to be are noisier by what chance alone adds.
    more = np.maximum(noise[-1] ** 2 - np.partition(noise[:-1], middle, axis=0)[middle] ** 2, 0)
    size = np.sqrt((spread.size * made.widening) ** 2 + more)
    scored, first = {}, 0
    for name, places in looked_at.items():
        of = slice(first, first + places.size)
        first += places.size
        scored[name] = _score_column(
            measured[name],
            places,
            values[-1, of],
            made.expected[of],
            size[of],
            spread.freedom[of],
            errors[:, of] / spread.size[of],
        )
    return scored


def _looked_at(measures: Measures, history: History) -> NDArray[np.int64]:
    """The places of the measures that there is enough evidence for."""
    known = np.isfinite(measures.values[:-1]) & history.usable[:, None]
    return np.flatnonzero((known.sum(axis=0) >= EVIDENCE) & np.isfinite(measures.values[-1]))


def _score_column(
    measures: Measures,
    places: NDArray[np.int64],
    present: NDArray[np.float64],
    expected: NDArray[np.float64],
    size: NDArray[np.float64],
    freedom: NDArray[np.float64],
    ratios: NDArray[np.float64],
) -> list[Scored]:
    families = [measures.families[place] for place in places]
    tests = _tests(families, measures.of_categories)
    figures = zip(present.tolist(), expected.tolist(), size.tolist(), freedom.tolist(), strict=True)
    scored = [
        _score(family, measures.labels[place], *figure, tests[family])
        for family, place, figure in zip(families, places, figures, strict=True)
    ]
    if "profile" in tests:
        shares = np.array([family == "share" for family in families])
        scored.append(_profile(ratios[:, shares], ((present - expected) / size)[shares], tests["profile"]))
    return scored


def _tests(families: Sequence[Family], of_categories: bool) -> dict[Family, float]:
    """How many tests each measure counts as: its family's part of all, and how many there are in it."""
    present: set[Family] = set(families)
    if of_categories and "share" in present:
        present.add("profile")
    total = sum(WEIGHTS[family] for family in present)
    return {family: total / WEIGHTS[family] * max(families.count(family), 1) for family in present}


def _score(
    family: Family, label: str, observed: float, expected: float, size: float, freedom: float, tests: float
) -> Scored:
    score = surprise(abs(observed - expected) / size, freedom, tests)
    return Scored(family, label, observed, expected, size, freedom, tests, score)


def _profile(ratios: NDArray[np.float64], distance: NDArray[np.float64], tests: float) -> Scored:
    """All shares together: their mean squared error in units of its size, against what that was before.

    The cube root of a sum of squares is nearly normal (Wilson and Hilferty, The distribution of chi-square, 1931).
    """
    before = np.cbrt(np.mean(ratios**2, axis=1))
    before = before[np.isfinite(before)]
    now, middle = float(np.cbrt(np.mean(distance**2))), float(np.median(before))
    grain = np.array([1 / (3 * ratios.shape[1])])
    learnt = learn_spread((before - middle)[:, None], grain, np.array([0]))
    size, freedom = float(learnt.size[0]), float(learnt.freedom[0])
    # Shares that are nearer to what was expected than usual are no finding.
    score = surprise(max(now - middle, 0.0) / size, freedom, tests)
    return Scored("profile", "", now, middle, size, freedom, tests, score)
