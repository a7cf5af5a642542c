"""How right, sure and fair the values of features are: `make bench-value`.

Against populations whose Shapley values are known; each figure has its goal for a peer.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from featurestore.valuation.block import block_of
from featurestore.valuation.estimate import Estimate, estimate_values
from featurestore.valuation.same_information import group_features
from featurestore.valuation.team_credit import credit_teams
from tests.benchmarks.report import Figure, print_figures
from tests.featurestore.valuation.population import NOISE, WIDE, rows_of

REPEATS: Final = 100
SIZES: Final = {"2k": 2_000, "20k": 20_000}
GOALS: Final = {"2k": 0.8, "20k": 0.9}
MOST_NOISE: Final = 0.01
MOST_MOVED: Final = 0.05
COVERED: Final = 0.9

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Repeats:
    """What came of one size."""

    estimates: Sequence[Estimate]

    @property
    def spearman(self) -> float:
        return float(np.mean([_spearman(each.values, WIDE.truth) for each in self.estimates]))

    @property
    def noise(self) -> Array:
        """Which of the features that carry nothing were called useful (repeats, 13)."""
        return np.array([each.useful[-NOISE:] for each in self.estimates], dtype=np.float64)

    @property
    def covered(self) -> Array:
        """How often the lower bound of each feature held."""
        held: Array = np.mean([each.lower <= WIDE.truth for each in self.estimates], axis=0)
        return held

    @property
    def covered_both_ways(self) -> float:
        """How often both bounds held, of the features whose truth is four standard errors or more."""
        held = np.array([(each.lower <= WIDE.truth) & (each.upper >= WIDE.truth) for each in self.estimates])
        clear = WIDE.truth >= 4 * np.mean([each.errors for each in self.estimates], axis=0)
        return float(held[:, clear].mean())


def value_figures(scale: float) -> list[Figure]:
    """The truth tables, `scale` times a hundred draws of each size."""
    repeats = max(round(REPEATS * scale), 2)
    found = {
        size: Repeats([_estimate(number, seed) for seed in range(1_000, 1_000 + repeats)])
        for size, number in SIZES.items()
    }
    figures = [
        Figure(f"value_spearman_{size}", each.spearman, GOALS[size], "correlation", repeats, 1.0, True,
               {"two_sided": each.covered_both_ways})
        for size, each in found.items()
    ]  # fmt: skip
    noise = np.concatenate([each.noise.ravel() for each in found.values()])
    figures.append(Figure("value_noise", max(float(noise.mean()), 1e-9), MOST_NOISE, "share", len(noise), 1.0))
    worst = min(float(each.covered.min()) for each in found.values())
    figures.append(Figure("value_coverage", worst, COVERED, "share", repeats, 1.0, True))
    figures.append(Figure("value_copies", max(_moved(repeats), 1e-9), MOST_MOVED, "share", repeats, 1.0))
    return figures


def _estimate(number: int, seed: int) -> Estimate:
    blocks, features = WIDE.summarise(seed, rows_of(number, 200))
    return estimate_values(blocks, features, [[place] for place in range(len(features))], seed)


def _moved(repeats: int) -> float:
    """By how much of its credit nine copies of its own, some noisy, move a team at most, or those of another team that
    was later move the one that was first."""
    moved = []
    for seed in range(max(repeats // 5, 1)):
        chance = np.random.default_rng(seed)
        columns = chance.standard_normal((4_000, 4))
        label = columns @ [0.6, 0.4, 0.3, 0.0] + chance.standard_normal(4_000)
        noises = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1.0)
        copies = [columns[:, 0] + noise * chance.standard_normal(4_000) for noise in noises]
        own = _credit([*columns.T, *copies], label, ["ann", "bob", "cid", "cid", *["ann"] * 9])
        others = _credit([*columns.T, *copies[:5]], label, ["ann", "bob", "cid", "cid", *["bob"] * 5])
        plain = _credit(list(columns.T), label, ["ann", "bob", "cid", "cid"])
        moved += [abs(each[team] / plain[team] - 1) for each in (own, others) for team in plain]
    return max(moved)


def _credit(columns: Sequence[Array], label: Array, teams: list[str]) -> dict[str, float]:
    together, nothing = np.column_stack(columns), np.zeros((len(label), 0))
    cuts = np.array_split(np.arange(len(label)), 20)
    blocks = [block_of(together[cut], label[cut, None], nothing[cut]) for cut in cuts]
    features = [[place] for place in range(len(columns))]
    groups = group_features(blocks[0], features, list(range(len(columns))))
    return dict(credit_teams(blocks, features, teams, groups, 1))


def _spearman(first: Array, second: Array) -> float:
    """With the same rank for what is worth the same, as all that carries nothing is."""
    return float(spearmanr(first, second).statistic)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of all repeats")
    print_figures("Value", value_figures(parser.parse_args().scale))


if __name__ == "__main__":
    main()
