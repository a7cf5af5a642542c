"""Whether a column is as it was: the present summary judged by those of the weeks before.

Nothing is assumed of the values but that the weeks before show how much they change from one boundary to the next:
see `forecast` for what is expected and `limits` for how far from it is too far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quality.effect import index_by_chance, stability_index
from quality.forecast import WEEK, forecast
from quality.limits import WEIGHTS, Spread, allowed, learn_spread, surprise
from quality.measures import FEWEST_VALUES, Family, Measures, in_its_unit, measure
from quality.reference import Reference
from quality.summary import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

Standing = Literal["stable", "drifting", "not enough evidence"]

DAY: Final = 86_400_000_000
EVIDENCE: Final = 4 * WEEK
"""The boundaries without a finding that there have to be before one is judged, over at least as many days; and how long
a drift lasts until it is what is normal."""
REMEMBERED: Final = 26 * WEEK
"""How many boundaries back what is learnt goes."""
LIMIT: Final = 5.0
"""The score from which on a boundary is a finding. Calibrated: see docs/decisions/0023."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One measure at one boundary, in its own unit: what was `observed` and `expected`, and the limits. `label` is the
    edge up to which a share is, or the category. Scores of any measures compare: a 5 is as surprising as what happens
    to a column once in 10**5 boundaries."""

    family: Family
    label: str
    observed: float
    expected: float
    lowest: float
    highest: float
    score: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a boundary (microseconds since 1970). `strongest` is the most surprising measure, also where nothing
    is found; `others` counts the families of measures that are beyond their limits besides. A drift is `since` the
    first boundary of its run. `evidence` counts the boundaries that it was judged by. `index` is the population
    stability index against the reference, `index_by_chance` what that is on average without any drift."""

    boundary: int
    standing: Standing
    strongest: Observation | None = None
    others: int = 0
    since: int | None = None
    evidence: int = 0
    index: float | None = None
    index_by_chance: float | None = None

    @property
    def score(self) -> float:
        return 0.0 if self.strongest is None else self.strongest.score


def judge(
    history: Mapping[int, Summary],
    boundary: int,
    present: Summary,
    reference: Reference | None = None,
    *,
    found: Collection[int] = (),
    limit: float = LIMIT,
) -> Verdict:
    """Judge the summary at `boundary` by those of earlier ones, at most one a day; later ones are not looked at.

    `found` are the earlier boundaries that were findings: levels do not follow them, and the first of each run counts
    as evidence of how far values may go. Without them past faults are clipped, which holds against a few.
    """
    earlier = sorted(at for at in history if at < boundary)
    runs = _runs(earlier, set(found))
    since = runs[-1][0] if runs and runs[-1][-1] == earlier[-1] else boundary
    for run in runs:
        if len(run) >= EVIDENCE:
            earlier = earlier[earlier.index(run[0]) :]
    runs = [run for run in runs if len(run) < EVIDENCE and run[0] >= earlier[0]]
    earlier = earlier[-REMEMBERED:]
    faulty = {at for run in runs for at in run}
    clean = [at for at in earlier if at not in faulty]
    index = None if reference is None else stability_index(present, reference)
    chance = None if reference is None else index_by_chance(present, reference)
    if not _enough(clean, history):
        return Verdict(boundary, "not enough evidence", None, 0, None, len(clean), index, chance)
    measures = measure([*(history[at] for at in earlier), present], reference)
    known = np.array([at not in faulty for at in earlier])
    followed = known | np.isin(earlier, [run[0] for run in runs])
    observations = _observe(measures, known, followed, _weekdays([*earlier, boundary]), limit)
    beyond = {each.family for each in observations if each.score >= limit}
    strongest = max(observations, key=lambda each: each.score)
    if not beyond:
        return Verdict(boundary, "stable", strongest, 0, None, len(clean), index, chance)
    return Verdict(boundary, "drifting", strongest, len(beyond) - 1, since, len(clean), index, chance)


def judge_series(
    series: Mapping[int, Summary], reference: Reference | None = None, *, limit: float = LIMIT
) -> tuple[Verdict, ...]:
    """The verdict on each boundary of a series by those before it, in their order."""
    found: set[int] = set()
    verdicts = []
    for boundary in sorted(series):
        verdict = judge(series, boundary, series[boundary], reference, found=found, limit=limit)
        if verdict.standing == "drifting":
            found.add(boundary)
        verdicts.append(verdict)
    return tuple(verdicts)


def _runs(boundaries: Sequence[int], found: Collection[int]) -> list[list[int]]:
    """The findings among the boundaries, those together that follow each other."""
    runs: list[list[int]] = []
    follows = False
    for at in boundaries:
        if at in found:
            if follows:
                runs[-1].append(at)
            else:
                runs.append([at])
        follows = at in found
    return runs


def _enough(clean: Sequence[int], history: Mapping[int, Summary]) -> bool:
    if len(clean) < EVIDENCE or clean[-1] - clean[0] < (EVIDENCE - 1) * DAY:
        return False
    return bool(np.median([history[at].rows for at in clean]) >= FEWEST_VALUES)


def _weekdays(boundaries: Sequence[int]) -> NDArray[np.int64] | None:
    """The days of the week, if boundaries are days."""
    days = np.array(boundaries, dtype=np.int64) // DAY
    return days % WEEK if len(np.unique(days % WEEK)) == WEEK else None


def _observe(
    measures: Measures,
    known: NDArray[np.bool_],
    followed: NDArray[np.bool_],
    weekdays: NDArray[np.int64] | None,
    limit: float,
) -> list[Observation]:
    """What each measure is at the last boundary, against what the ones before made expected."""
    history, present = measures.values[:-1], measures.values[-1]
    enough = np.isfinite(history[known]).sum(axis=0) >= EVIDENCE
    looked_at = enough & np.isfinite(present)
    families = [family for family, seen in zip(measures.families, looked_at, strict=True) if seen]
    labels = [label for label, seen in zip(measures.labels, looked_at, strict=True) if seen]
    history, present = history[:, looked_at], present[looked_at]
    noise, grain = measures.noise[:, looked_at], measures.grain[:, looked_at]
    floor = np.maximum(np.median(grain[:-1], axis=0), grain[-1])
    made = forecast(history, floor, known, weekdays, families)
    errors = np.where(followed[:, None], made.errors, np.nan)
    spread = learn_spread(errors, floor, families)
    # Fewer values than there used to be are noisier by what chance alone adds.
    more_noise = np.maximum(noise[-1] ** 2 - np.median(noise[:-1] ** 2, axis=0), 0)
    size = np.sqrt((spread.size * made.widening) ** 2 + more_noise)
    tests = _tests(families)
    observations = []
    for place, family in enumerate(families):
        freedom = float(spread.freedom[place])
        expected, reach = made.expected[place], size[place] * allowed(limit, freedom, tests[family])
        observed, low, high = (
            in_its_unit(family, float(value)) for value in (present[place], expected - reach, expected + reach)
        )
        score = surprise(float(abs(present[place] - expected) / size[place]), freedom, tests[family])
        observations.append(
            Observation(family, labels[place], observed, in_its_unit(family, float(expected)), low, high, score)
        )
    shares = np.array([family == "share" for family in families])
    if shares.any():
        distance = (present - made.expected)[shares] / size[shares]
        observations.append(_profile((errors / spread.size)[:, shares], distance, spread, tests["profile"], limit))
    return observations


def _tests(families: Sequence[Family]) -> dict[Family, float]:
    """How many tests each measure counts as: its family's part of all, and how many there are in it."""
    present: set[Family] = {*families, "profile"} if "share" in families else set(families)
    total = sum(WEIGHTS[family] for family in present)
    return {family: total / WEIGHTS[family] * max(families.count(family), 1) for family in present}


def _profile(
    ratios: NDArray[np.float64], distance: NDArray[np.float64], spread: Spread, tests: float, limit: float
) -> Observation:
    """All shares together: their mean squared error in units of its size, against what that was before.

    The cube root of a sum of squares is nearly normal (Wilson and Hilferty, The distribution of chi-square, 1931).
    """
    before = np.cbrt(np.mean(ratios**2, axis=1))
    before = before[np.isfinite(before)]
    now, middle = float(np.cbrt(np.mean(distance**2))), float(np.median(before))
    grain = np.array([1 / (3 * ratios.shape[1])])
    learnt = learn_spread((before - middle)[:, None], grain, ["profile"])
    size, freedom = float(learnt.size[0]), float(learnt.freedom[0])
    highest = middle + size * allowed(limit, freedom, tests)
    score = surprise(max(now - middle, 0.0) / size, freedom, tests)
    return Observation("profile", "", now**3, middle**3, 0.0, highest**3, score)
