"""Whether a column is as it was: the present summary judged by those of the weeks before.

Nothing is assumed of the values but that the weeks before show how much they change from one boundary to the next:
see `forecast` for what is expected and `limits` for how far from it is too far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quality.effect import index_by_chance, stability_index
from quality.forecast import WEEK
from quality.history import DAY, EVIDENCE, History, weigh
from quality.measures import FEWEST_VALUES, Measures, measure
from quality.reference import Reference
from quality.scores import Observation, score_columns
from quality.summary import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

Standing = Literal["stable", "drifting", "not enough evidence"]

REMEMBERED: Final = 26 * WEEK
"""How many boundaries back what is learnt goes."""
LIMIT: Final = 5.0
"""The score from which on a boundary is a finding. Calibrated: see docs/decisions/0023."""


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


@dataclass(frozen=True)
class Column:
    """A column to judge: its summaries by boundary (microseconds since 1970, at most one a day), its reference, and the
    boundaries that were `found` to be drifting: levels do not follow them, and the first of each run counts as evidence
    of how far values may go. Where they are not told, past faults are clipped, which holds against a few. Columns of
    one source have the same number of rows, so that it is enough if one of them is judged `with_rows`."""

    summaries: Mapping[int, Summary]
    reference: Reference | None = None
    found: Collection[int] = ()
    with_rows: bool = True


def judge(
    history: Mapping[int, Summary],
    boundary: int,
    present: Summary,
    reference: Reference | None = None,
    *,
    found: Collection[int] = (),
    limit: float = LIMIT,
) -> Verdict:
    """Judge the summary at `boundary` by those of earlier ones; later ones are not looked at. See `Column`."""
    return judge_columns({"": Column({**history, boundary: present}, reference, found)}, boundary, limit=limit)[""]


def judge_columns(columns: Mapping[str, Column], boundary: int, *, limit: float = LIMIT) -> dict[str, Verdict]:
    """Judge the columns of a source or view at `boundary`, by their summaries at earlier ones; much faster than one
    after the other. Columns that have no summary at `boundary` are left out."""
    there = {name: column for name, column in columns.items() if boundary in column.summaries}
    boundaries = sorted({at for column in there.values() for at in column.summaries if at <= boundary})
    measured = {name: _measure(column, boundaries) for name, column in there.items()}
    found = {name: set(column.found) for name, column in there.items()}
    verdicts = _judge(boundaries, measured, found, limit)
    return {name: _beside(verdict, there[name]) for name, verdict in verdicts.items()}


def judge_series(columns: Mapping[str, Column], *, limit: float = LIMIT) -> dict[str, tuple[Verdict, ...]]:
    """The verdicts on each boundary of columns by those before it, in their order."""
    boundaries = sorted({at for column in columns.values() for at in column.summaries})
    measured = {name: _measure(column, boundaries) for name, column in columns.items()}
    found = {name: set(column.found) for name, column in columns.items()}
    verdicts: dict[str, list[Verdict]] = {name: [] for name in columns}
    for place, boundary in enumerate(boundaries):
        until = {
            name: measures.until(place + 1)
            for name, measures in measured.items()
            if boundary in columns[name].summaries
        }
        for name, verdict in _judge(boundaries[: place + 1], until, found, limit).items():
            verdicts[name].append(_beside(verdict, columns[name]))
            if verdict.standing == "drifting":
                found[name].add(boundary)
    return {name: tuple(of) for name, of in verdicts.items()}


def _measure(column: Column, boundaries: Sequence[int]) -> Measures:
    nothing = Summary(0, 0)
    summaries = [column.summaries.get(at, nothing) for at in boundaries]
    measures = measure(summaries, column.reference, with_rows=column.with_rows)
    missing = [at not in column.summaries for at in boundaries]
    measures.values[missing] = measures.rows[missing] = np.nan
    return measures


def _beside(verdict: Verdict, column: Column) -> Verdict:
    if column.reference is None:
        return verdict
    summary = column.summaries[verdict.boundary]
    return replace(
        verdict,
        index=stability_index(summary, column.reference),
        index_by_chance=index_by_chance(summary, column.reference),
    )


def _judge(
    boundaries: Sequence[int], measured: Mapping[str, Measures], found: Mapping[str, Collection[int]], limit: float
) -> dict[str, Verdict]:
    """Judge columns at the last of the boundaries."""
    boundary, recent = boundaries[-1], boundaries[-REMEMBERED - 1 : -1]
    histories = {
        name: weigh(boundaries[:-1], measures.rows[:-1], found[name]).last(len(recent))
        for name, measures in measured.items()
    }
    enough = {name: history for name, history in histories.items() if _enough(history, recent)}
    scored = score_columns(
        {name: measured[name].last(len(recent) + 1) for name in enough}, enough, _weekdays([*recent, boundary])
    )
    verdicts = {}
    for name, history in histories.items():
        evidence = int(history.usable.sum())
        if not scored.get(name):
            verdicts[name] = Verdict(boundary, "not enough evidence", evidence=evidence)
            continue
        strongest = max(scored[name], key=lambda each: each.score)
        beyond = {each.family for each in scored[name] if each.score >= limit}
        since = None if not beyond else boundary if history.since is None else history.since
        standing: Standing = "drifting" if beyond else "stable"
        verdicts[name] = Verdict(
            boundary, standing, strongest.observation(limit), max(len(beyond) - 1, 0), since, evidence
        )
    return verdicts


def _enough(history: History, boundaries: Sequence[int]) -> bool:
    clean = np.flatnonzero(history.usable)
    if len(clean) < EVIDENCE or boundaries[clean[-1]] - boundaries[clean[0]] < (EVIDENCE - 1) * DAY:
        return False
    return bool(np.sort(history.rows[clean])[len(clean) // 2] >= FEWEST_VALUES)


def _weekdays(boundaries: Sequence[int]) -> NDArray[np.int64] | None:
    """The days of the week, if boundaries are days."""
    days = np.array(boundaries, dtype=np.int64) // DAY
    return days % WEEK if len(np.unique(days % WEEK)) == WEEK else None
