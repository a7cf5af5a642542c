"""Columns that carry nothing about the label, made of those that may: what chance alone would be worth.

A shadow is a column whose values were given to other entities, all values of one to one other, so that it is as
constant, as smooth and as clustered as the column itself. Shuffled by row it would look much less like something than
what an entity carries by chance (22 to 44 % of such noise would be called useful).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from featurestore.valuation.block import Array

SHADOWS: Final = 200
FEWEST_ENTITIES: Final = 5
"""With fewer, columns are moved in time inside an entity instead of between entities."""


def make_shadows(columns: Array, entities: NDArray[np.intp], instants: NDArray[np.int64], seed: int) -> Array:
    """Shadows (rows, 200) of columns (rows, p), whose rows are of `entities` (numbers from 0) at `instants`.

    The rows of an entity, in their order of time, get those of another one, from the beginning again where that has
    fewer; with fewer than five entities its own from somewhere else in time.
    """
    chance = np.random.default_rng(seed)
    order = np.lexsort((instants, entities))
    starts = np.searchsorted(entities[order], np.arange(int(entities.max()) + 2))
    counts = np.diff(starts)
    there = np.flatnonzero(counts)
    within = np.arange(len(order)) - starts[entities[order]]
    made = np.empty((len(order), SHADOWS))
    for shadow in range(SHADOWS):
        column = columns[order, chance.integers(columns.shape[1])]
        if len(there) >= FEWEST_ENTITIES:
            given = np.empty(len(counts), dtype=np.intp)
            given[there] = chance.permutation(there)
            source, place = given[entities[order]], within
        else:
            source, place = entities[order], within + _shift(chance, counts)[entities[order]]
        made[order, shadow] = column[starts[source] + place % counts[source]]
    return made


def _shift(chance: np.random.Generator, counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """How far each entity's rows are moved: at least a tenth of them, so that neighbours do not tell."""
    least = np.maximum(counts // 10, 1)
    return chance.integers(least, np.maximum(counts - least, least) + 1)
