"""Whether faults are held at the gate by what was suggested, and clean days pass: `make bench-quality-gate`.

For each seed a source is made up, ten clean weeks of it say what to expect of it, and that is pasted in. Then come four
more weeks, day by day, each twice: first with a fault, after which everything is put back, then as it is. A fault is
caught if its day is held, so that neither tiles nor online have any of it, and a finding names what is wrong.
Arguments: how many seeds, the first of them, and how many at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from tests.benchmarks.report import Figure, print_figures, print_table
from tests.quality.faults import FAULTS
from tests.quality.gate_trials import HISTORY, GateTrials, Trial

SEEDS: Final = 10
FIRST_SEED: Final = 101
"""Those below were looked at while rules were made."""
DAYS: Final = 28
GOAL: Final = 0.95


@dataclass(frozen=True)
class Caught:
    """What became of the faults of a kind."""

    kind: str
    trials: Sequence[Trial]

    @property
    def held(self) -> int:
        return sum(trial.held for trial in self.trials)

    @property
    def named(self) -> int:
        return sum(trial.held and trial.named for trial in self.trials)

    @property
    def leaked(self) -> int:
        return sum(trial.leaked for trial in self.trials)


def main() -> None:
    """Print what was caught by kind, every fault that was not, every clean day that was held, and the figure."""
    seeds, first, workers = (
        int(argument) for argument in (*sys.argv[1:], *(SEEDS, FIRST_SEED, 1)[len(sys.argv) - 1 :])
    )
    print_figures("The gate", [try_seeds(range(first, first + seeds), workers)])


def gate_figures(scale: float) -> list[Figure]:
    """The figure of some of the seeds, two at a time."""
    seeds = max(1, round(SEEDS * scale))
    return [try_seeds(range(FIRST_SEED, FIRST_SEED + seeds), 2)]


def try_seeds(seeds: range, workers: int) -> Figure:
    """Try faults and clean days of these seeds, and print what became of them."""
    trials: list[Trial] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for seed, found in zip(seeds, pool.map(run_seed, seeds), strict=True):
            trials += found
            for line in _lines(seed, found):
                print(line, flush=True)
    return report(trials, f"seeds {seeds[0]} to {seeds[-1]}")


def run_seed(seed: int, days: int = DAYS) -> list[Trial]:
    """A fault and a clean day, by turns; the kinds of faults in an order of the seed's own, each as often."""
    with TemporaryDirectory() as folder:
        gate = GateTrials(Path(folder), seed)
        gate.prepare()
        found = []
        for number, kind in zip(range(HISTORY, HISTORY + days), _kinds(seed, days), strict=True):
            found += [gate.broken(number, kind), gate.clean(number)]
        return found


def _kinds(seed: int, days: int) -> list[str]:
    chance = np.random.default_rng([seed, 3])
    kinds: list[str] = []
    while len(kinds) < days:
        kinds += [str(kind) for kind in chance.permutation(list(FAULTS))]
    return kinds[:days]


def _lines(seed: int, trials: Sequence[Trial]) -> Iterator[str]:
    for trial in trials:
        said = "; ".join(trial.words[:3]) or "nothing was found"
        if trial.fault is None and (trial.held or trial.words):
            yield f"seed {seed}, day {trial.day}, clean, {'held' if trial.held else 'not held'}: {said}"
        elif trial.fault is not None and not (trial.held and trial.named):
            what = f"{trial.fault.kind} ({trial.fault.words})"
            yield f"seed {seed}, day {trial.day}, {what}, {'held, not named' if trial.held else 'passed'}: {said}"


def report(trials: Sequence[Trial], title: str) -> Figure:
    """The table by kind and the figure."""
    broken = [trial for trial in trials if trial.fault is not None]
    clean = [trial for trial in trials if trial.fault is None]
    kinds = [Caught(kind, [each for each in broken if each.fault and each.fault.kind == kind]) for kind in FAULTS]
    rows = [
        (
            each.kind,
            str(len(each.trials)),
            str(each.held),
            str(each.named),
            f"{each.named / len(each.trials):.3f}",
            str(each.leaked),
        )
        for each in kinds
        if each.trials
    ]
    print_table(f"Faults, {title}", ("fault", "n", "held", "held and named", "share", "partly in the day before"), rows)
    caught = sum(each.named for each in kinds)
    false = sum(trial.held for trial in clean)
    print(f"\n{false} of {len(clean)} clean days were held")
    beside = {
        "faults": len(broken),
        "held": sum(each.held for each in kinds),
        "clean_days": len(clean),
        "false_holds": false,
    }
    return Figure(
        "quality_gate",
        caught / len(broken),
        1.0,
        "share caught",
        len(broken),
        GOAL,
        higher_is_better=True,
        beside=beside,
    )


if __name__ == "__main__":
    main()
