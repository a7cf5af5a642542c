"""How often planted drifts are found, by ours and by Evidently: `python -m tests.benchmarks.quality_power`,
with `alike` or `varied` as its argument.

Every statistic is given the threshold that one in a thousand clean days of its column exceeds, on streams of their own.
Evidently has for each drift whichever of its methods and reference windows finds it most often; ours has one score.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np

from quality.reference import HOURS, Reference, reference_of_numbers, reference_of_texts
from quality.stability import DAY, LIMIT, Column, judge_columns
from quality.summary import Summary
from tests.benchmarks import datasets
from tests.benchmarks.clean_sources import summarise_numbers, summarise_texts
from tests.benchmarks.drifted_days import COLUMNS, DAYS, DRIFTS, JUDGED, TRIAL_DAYS, Day, clean_days
from tests.benchmarks.evidently_side import EvidentlyWorker
from tests.benchmarks.report import Figure, print_figures, print_table

SEEDS: Final = {
    "alike": (range(1_000, 1_018), range(2_000, 2_020)),
    "varied": (range(11_000, 11_018), range(12_000, 12_020)),
}
"""The streams that thresholds are from, and those that drifts are planted in: all of one nature, which no company's
sources are, so that thresholds fit each of them; or each of its own. Ours was made on the seeds 3,000 and 4,000."""

_FALSE_RATE: Final = 0.001
_MARGIN: Final = 0.02
_WORKERS: Final = 2

Scores = dict[str, list[float]]


def main() -> None:
    """Print the power of both sides for each drift, at one false finding in a thousand column-days."""
    for name in sys.argv[1:] or SEEDS:
        figures = power_figures(*SEEDS[name])
        print_figures(f"power at 1 false finding in 1,000 column-days, streams {name}", figures)


def power_figures(clean_seeds: Iterable[int], drifted_seeds: Iterable[int]) -> list[Figure]:
    """A figure for each drift: the share of the days that it was planted on on which it was found."""
    clean, drifted = _all_of("clean", clean_seeds), _all_of("drifted", drifted_seeds)
    defaults = _ask("defaults", {})
    ours_clean = _joined(clean_scores(seed) for seed in clean_seeds)
    of_seeds = [drifted_scores(seed) for seed in drifted_seeds]
    ours_drifted = {drift: [score for scores in of_seeds for score in scores[drift]] for drift in DRIFTS}
    thresholds = {name: _threshold(values) for name, values in clean.items()}
    figures, rows = [], []
    for drift, (column, _) in DRIFTS.items():
        theirs = {name: _power(values, thresholds[name]) for name, values in drifted[drift].items()}
        best = max(theirs, key=lambda name: theirs[name])
        ours = _power(ours_drifted[drift], _threshold(ours_clean[column]))
        shipped = float(np.mean(np.array(ours_drifted[drift]) >= LIMIT))
        figures.append(Figure(f"power: {drift}", ours, theirs[best], "share", len(ours_drifted[drift])))
        rows.append(
            (
                drift,
                f"{ours:.3f}",
                f"{theirs[best]:.3f}",
                "holds" if ours >= theirs[best] - _MARGIN else "MISSED",
                best,
                f"{shipped:.3f}",
                *_at_defaults(best, drifted[drift][best], clean[best], defaults),
            )
        )
    header = ("drift", "ours", "Evidently", "", "its best", "ours as shipped", "its best at its default", "false then")
    print_table("power", header, rows)
    return figures


def clean_scores(seed: int) -> Scores:
    """The scores of each column on the clean days of a stream."""
    days = clean_days(seed)
    columns = _columns(days)
    scores: Scores = {name: [] for name in columns}
    for day in range(JUDGED, DAYS):
        for name, verdict in judge_columns(columns, day * DAY).items():
            scores[name].append(verdict.score)
    return scores


def drifted_scores(seed: int) -> Scores:
    """By drift the scores of its column on the days that it is planted on."""
    days = clean_days(seed)
    columns = _columns(days)
    found: Scores = {drift: [] for drift in DRIFTS}
    for day in TRIAL_DAYS:
        planted = {}
        for drift, (column, plant) in DRIFTS.items():
            held = columns[column]
            present = _summary(plant(days[day]), column, held.reference)
            planted[drift] = replace(held, summaries={**held.summaries, day * DAY: present})
        for drift, verdict in judge_columns(planted, day * DAY).items():
            found[drift].append(verdict.score)
    return found


def _columns(days: list[Day]) -> dict[str, Column]:
    columns = {"rows": Column({at * DAY: Summary(len(day.hour), 0) for at, day in enumerate(days)})}
    for name in COLUMNS:
        sample = np.concatenate([getattr(day, name) for day in days[:28]])
        if name in {"delay", "amount"}:
            reference = reference_of_numbers(sample)
        elif name == "hour":
            shares = np.bincount(sample, minlength=25) / len(sample)
            reference = Reference(values=HOURS, shares=tuple(shares.tolist()), rows=len(sample))
        else:
            reference = reference_of_texts([str(value) for value in sample])
        summaries = {at * DAY: _summary(day, name, reference) for at, day in enumerate(days)}
        columns[name] = Column(summaries, reference, with_rows=False)
    return columns


def _summary(day: Day, column: str, reference: Reference | None) -> Summary:
    if reference is None:
        return Summary(len(day.hour), 0)
    values = getattr(day, column)
    if reference.edges:
        return summarise_numbers(values, reference)
    return summarise_texts([str(value) for value in values], reference)


def _threshold(clean: list[float]) -> float:
    """The least value that at most one in a thousand exceeds."""
    ordered = np.sort(np.array(clean))[::-1]
    return float(ordered[int(_FALSE_RATE * len(ordered))])


def _power(scores: list[float], threshold: float) -> float:
    return float(np.mean(np.array(scores) > threshold))


def _at_defaults(name: str, drifted: list[float], clean: list[float], defaults: Mapping[str, float]) -> tuple[str, str]:
    """What a statistic finds at its default threshold, of the drift and of clean days."""
    column, method, _ = name.split("|")
    kind = "num" if column in {"delay", "amount"} else "cat"
    default = defaults.get(method, defaults.get(f"{kind} {method}", 0.0))
    return f"{_power(drifted, default):.3f}", f"{_power(clean, default):.3f}"


def _all_of(task: str, seeds: Iterable[int]) -> Any:
    """What Evidently says of all streams, by statistic, or by drift and statistic."""
    waiting = list(seeds)
    with ThreadPoolExecutor(_WORKERS) as pool:
        answers = list(pool.map(lambda seed: _ask(task, {"seed": seed}), waiting))
    if task == "clean":
        return _joined(answers)
    return {drift: _joined(answer[drift] for answer in answers) for drift in DRIFTS}


def _ask(task: str, arguments: Mapping[str, int]) -> Any:
    """What Evidently answers; once for each stream, as it takes long."""
    name = "_".join([task, *(str(value) for value in arguments.values())])
    file = datasets.FOLDER / "evidently" / f"{name}.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with EvidentlyWorker(name) as worker:
            answer = worker.do(task, **arguments)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(answer), encoding="utf-8")
        partial.rename(file)
    return json.loads(file.read_text(encoding="utf-8"))


def _joined(scores: Iterable[Scores]) -> Scores:
    joined: Scores = {}
    for some in scores:
        for name, values in some.items():
            joined.setdefault(name, []).extend(values)
    return joined


if __name__ == "__main__":
    main()
