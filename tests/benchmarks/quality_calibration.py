"""How often stability finds something where nothing is wrong: `python -m tests.benchmarks.quality_calibration`, with
seeds as its arguments.

Source rows go through the store: views with windows of 1, 7 and 28 days, and the values of the same entities at daily
boundaries. Each boundary is judged by those before it; findings of one source at one boundary are one.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from quality.forecast import WEEK
from quality.grouping import group_findings
from quality.stability import Column, Verdict, judge_series
from tests.benchmarks.clean_sources import CHARACTERS, Size, open_clean_store, summarise_features
from tests.benchmarks.report import Figure, print_figures

SEEDS: Final = tuple(range(101, 109))
"""Those that are reported; the limit was chosen on the seeds 1, 2 and 3."""
FULL_SIZE: Final = Size()

_GOAL: Final = 1.0
_WORKERS: Final = 2


@dataclass(frozen=True)
class Judged:
    """Of one seed: how many boundaries of features were judged; the findings, one for each source and boundary; the
    runs that they make; and each single feature's."""

    seed: int
    boundaries: int
    findings: int
    runs: int
    single: int
    named: Counter[str]

    @property
    def weeks(self) -> float:
        return self.boundaries / WEEK


def main() -> None:
    """Print false findings per thousand feature-weeks."""
    seeds = [int(argument) for argument in sys.argv[1:]] or list(SEEDS)
    with ProcessPoolExecutor(_WORKERS) as pool:
        judged = list(pool.map(judge_clean, seeds))
    for each in judged:
        print(
            f"seed {each.seed}: {each.boundaries:,} feature-boundaries, {each.findings} findings of sources in "
            f"{each.runs} runs, {each.single} of single features; {dict(each.named)}"
        )
    print_figures("false findings of stability, nothing being wrong", [false_findings(judged)])


def calibration_figures(scale: float) -> list[Figure]:
    """The figure of some of the seeds."""
    seeds = SEEDS[: max(1, round(len(SEEDS) * scale))]
    with ProcessPoolExecutor(_WORKERS) as pool:
        return [false_findings(list(pool.map(judge_clean, seeds)))]


def false_findings(judged: Sequence[Judged]) -> Figure:
    """Findings per thousand feature-weeks, against the goal; beside it, runs of findings and findings not grouped."""
    thousands = sum(each.weeks for each in judged) / 1_000
    found = sum(each.findings for each in judged) / thousands
    return Figure(
        "quality_false_findings",
        max(found, 1e-9),
        _GOAL,
        "per 1,000 feature-weeks",
        sum(each.boundaries for each in judged),
        goal=1.0,
        beside={
            "runs": sum(each.runs for each in judged) / thousands,
            "not_grouped": sum(each.single for each in judged) / thousands,
        },
    )


def judge_clean(seed: int, size: Size = FULL_SIZE) -> Judged:
    """Judge all boundaries of the features of clean sources."""
    boundaries = findings = runs = single = 0
    named: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        store = open_clean_store(Path(folder), seed, size)
        for source in CHARACTERS:
            columns = {
                name: Column(summaries, reference, with_rows=place == 0)
                for place, (name, (reference, summaries)) in enumerate(summarise_features(store, source, size).items())
            }
            follows = False
            for at in _by_boundary(judge_series(columns)):
                boundaries += sum(verdict.standing != "not enough evidence" for verdict in at.values())
                single += sum(verdict.standing == "drifting" for verdict in at.values())
                found = group_findings(at)
                if found is not None and found.verdict.strongest is not None:
                    findings += 1
                    runs += not follows
                    named[f"{source} {found.column} {found.verdict.strongest.family}"] += 1
                follows = found is not None
        store.close()
    return Judged(seed, boundaries, findings, runs, single, named)


def _by_boundary(verdicts: dict[str, tuple[Verdict, ...]]) -> list[dict[str, Verdict]]:
    return [dict(zip(verdicts, at, strict=True)) for at in zip(*verdicts.values(), strict=True)]


if __name__ == "__main__":
    main()
