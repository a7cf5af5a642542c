"""A population whose features' worth is known: independent parts, each of a few features that are related.

The truth is the game of all rows that there could be, over the columns that features are looked at as: of parts that
are independent, the share of the label's variance is a sum, so that Shapley values are those inside each part, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import factorial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from featurestore.valuation.block import Block, block_of
from featurestore.valuation.columns import Scale, columns_of_numbers, columns_of_texts, scale_of_numbers, scale_of_texts
from featurestore.valuation.shadows import make_shadows

Array = NDArray[np.float64]
_MANY: Final = 100_000


@dataclass(frozen=True)
class Rows:
    """Rows of `entities` (numbers from 0) at `instants`, in their order of time."""

    entities: NDArray[np.intp]
    instants: NDArray[np.int64]

    @property
    def number(self) -> int:
        return len(self.entities)


Drawn = tuple[list[Any], Array]
"""The values of a part's features, and what they add to the label."""
Part = Callable[[np.random.Generator, Rows], Drawn]


def related(correlations: Sequence[Sequence[float]], weights: Sequence[float], tail: Any = None) -> Part:
    """Normal features with these correlations and weights; through `tail` they have other tails."""
    factor = np.linalg.cholesky(np.array(correlations) + 1e-9 * np.eye(len(weights)))

    def draw(chance: np.random.Generator, rows: Rows) -> Drawn:
        values = chance.standard_normal((rows.number, len(weights))) @ factor.T
        shown = values if tail is None else tail(values)
        return list(shown.T), values @ np.array(weights)

    return draw


def alike(number: int, correlation: float, weights: Sequence[float]) -> Part:
    """Features that all have the same correlation."""
    return related(np.full((number, number), correlation) + (1 - correlation) * np.eye(number), weights)


def categories(effects: Sequence[float]) -> Part:
    """A text of as many categories."""

    def draw(chance: np.random.Generator, rows: Rows) -> Drawn:
        chosen = chance.integers(len(effects), size=rows.number)
        return [[f"c{place}" for place in chosen]], np.array(effects)[chosen]

    return draw


def missing_where_large(weight: float) -> Part:
    """A number that is missing where it is large, more often than not."""

    def draw(chance: np.random.Generator, rows: Rows) -> Drawn:
        values = chance.standard_normal(rows.number)
        shown = np.where((values > 1) & (chance.random(rows.number) < 0.7), np.nan, values)
        return [shown], weight * values

    return draw


def of_entities() -> Part:
    """Noise that never changes of an entity."""

    def draw(chance: np.random.Generator, rows: Rows) -> Drawn:
        return [chance.standard_normal(int(rows.entities.max()) + 1)[rows.entities]], np.zeros(rows.number)

    return draw


def walking() -> Part:
    """Noise that walks along in time, of each entity by itself."""

    def draw(chance: np.random.Generator, rows: Rows) -> Drawn:
        values = np.zeros(rows.number)
        for entity in range(int(rows.entities.max()) + 1):
            mine = np.flatnonzero(rows.entities == entity)
            values[mine] = np.cumsum(chance.standard_normal(len(mine)))
        return [values], np.zeros(rows.number)

    return draw


@dataclass(frozen=True)
class Population:
    """Parts, and noise of so much variance that nothing predicts; of each entity some of it is always the same."""

    parts: tuple[Part, ...]
    noise: float = 1.0
    of_entity: float = 0.0

    @cached_property
    def scales(self) -> list[Scale]:
        """The scale of each feature, frozen on a sample."""
        features, _ = self.draw(np.random.default_rng(0), rows_of(10_000, 200))
        return [_scale(values) for values in features]

    def draw(self, chance: np.random.Generator, rows: Rows) -> tuple[list[Any], Array]:
        """The features' values and the label."""
        drawn = [part(chance, rows) for part in self.parts]
        label = sum((signal for _, signal in drawn), np.zeros(rows.number))
        entity = chance.standard_normal(int(rows.entities.max()) + 1)[rows.entities]
        label += np.sqrt(self.noise - self.of_entity) * chance.standard_normal(rows.number)
        return [values for features, _ in drawn for values in features], label + np.sqrt(self.of_entity) * entity

    @cached_property
    def truth(self) -> Array:
        """What each feature is worth."""
        chance, rows = np.random.default_rng(1), rows_of(_MANY, 1_000)
        drawn = [part(chance, rows) for part in self.parts]
        variance = sum(float(signal.var()) for _, signal in drawn) + self.noise
        found, place = [], 0
        for features, signal in drawn:
            columns = [_columns(self.scales[place + at], values) for at, values in enumerate(features)]
            found.append(_shapley(columns, signal) / variance)
            place += len(features)
        return np.concatenate(found)

    def summarise(self, seed: int, rows: Rows, blocks: int = 20) -> tuple[list[Block], list[list[int]]]:
        """What is kept of such rows: blocks in their order of time, and the columns of each feature."""
        values, label = self.draw(np.random.default_rng(seed), rows)
        columns = [_columns(scale, each) for scale, each in zip(self.scales, values, strict=True)]
        ends = np.cumsum([each.shape[1] for each in columns])
        features = [list(range(end - each.shape[1], end)) for end, each in zip(ends, columns, strict=True)]
        together = np.column_stack(columns)
        shadows = make_shadows(together, rows.entities, rows.instants, seed)
        cuts = np.array_split(np.argsort(rows.instants, kind="stable"), blocks)
        return [block_of(together[cut], label[cut, None], shadows[cut]) for cut in cuts], features


def rows_of(number: int, entities: int) -> Rows:
    """Rows of entities in turns."""
    return Rows(np.arange(number) % entities, np.arange(number, dtype=np.int64))


def _scale(values: Any) -> Scale:
    return scale_of_numbers(values) if isinstance(values, np.ndarray) else scale_of_texts(values)


def _columns(scale: Scale, values: Any) -> Array:
    return columns_of_numbers(scale, values) if isinstance(values, np.ndarray) else columns_of_texts(scale, values)


def _shapley(columns: Sequence[Array], signal: Array) -> Array:
    """The variance of the signal that each feature's columns tell, by all subsets."""
    centred = [each - each.mean(axis=0) for each in columns]
    target = signal - signal.mean()

    def worth(chosen: Sequence[int]) -> float:
        if not chosen or not target.any():
            return 0.0
        together = np.column_stack([centred[place] for place in chosen])
        solved = np.linalg.pinv(together.T @ together, hermitian=True) @ (together.T @ target)
        return float(solved @ (together.T @ target)) / len(target)

    k = len(columns)
    worths = {mask: worth([place for place in range(k) if mask >> place & 1]) for mask in range(1 << k)}
    values = np.zeros(k)
    for mask, without in worths.items():
        size = mask.bit_count()
        for place in range(k):
            if not mask >> place & 1:
                weight = factorial(size) * factorial(k - size - 1) / factorial(k)
                values[place] += weight * (worths[mask | 1 << place] - without)
    return values


def heavy(values: Array) -> Array:
    """Tails of a Cauchy distribution, in the order of the values."""
    return np.sign(values) * np.expm1(np.abs(values) ** 2)


WIDE: Final = Population(
    (
        *(related([[1.0]], [weight]) for weight in (0.45, 0.35, 0.28, 0.2, 0.15)),
        related([[1.0]], [0.3], heavy),
        alike(3, 0.9, (0.3, 0.0, 0.0)),
        alike(3, 0.8, (0.15, 0.15, 0.0)),
        alike(3, 0.95, (0.2, 0.0, 0.0)),
        # The second tells nothing of the label by itself, and much beside the first.
        related([[1.0, 0.7], [0.7, 1.0]], (0.35, -0.245)),
        related([[1.0, 0.6], [0.6, 1.0]], (0.3, -0.18)),
        categories((0.0, 0.5, -0.4, 0.1)),
        missing_where_large(0.3),
        *(related([[1.0]], [0.0]) for _ in range(9)),
        *(of_entities() for _ in range(2)),
        *(walking() for _ in range(2)),
    ),
    noise=1.5,
    of_entity=0.05,
)
"""Features of all kinds: independent ones, heavy tails, redundant triples, suppressors, categories, values that are
missing where they are large, and 13 that carry nothing: rows, entities and walks of noise."""
NOISE: Final = 13
"""How many of them, the last ones."""
