"""What features are worth to one use, how sure that is, and what chance alone would be worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from featurestore.valuation.block import Block
from featurestore.valuation.numerics import student_quantile
from featurestore.valuation.orders import Player, orders_of
from featurestore.valuation.shares import forward_folds, shares_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from featurestore.valuation.block import Array

PAIRS: Final = 64
"""So many pairs of orders are played for the values."""
PAIRS_LEFT_OUT: Final = 8
"""And so many with each block left out, which are the same ones each time."""
CONFIDENCE: Final = 0.95
FEWEST_WHOLE: Final = 0.005
"""What a whole model has to predict for certain before shares of it are spoken of."""


@dataclass(frozen=True)
class Estimate:
    """Shares of the label's variance that features (f,) predict out of time, each with its standard error, and the
    whole model's; `floor` is what none of the shadows exceeds. Bounds are at 95 % each way, by `blocks` blocks."""

    values: Array
    errors: Array
    whole: float
    whole_error: float
    floor: float
    blocks: int

    @cached_property
    def _width(self) -> float:
        return student_quantile(CONFIDENCE, self.blocks - 1)

    @property
    def lower(self) -> Array:
        """What each is worth at least."""
        return self.values - self._width * self.errors

    @property
    def upper(self) -> Array:
        """And at most."""
        return self.values + self._width * self.errors

    @property
    def whole_lower(self) -> float:
        """What the whole model predicts at least."""
        return self.whole - self._width * self.whole_error

    @property
    def counts(self) -> bool:
        """Whether the model predicts enough for its shares to count."""
        return self.whole_lower > FEWEST_WHOLE

    @property
    def useful(self) -> NDArray[np.bool_]:
        """Which features are worth more than chance for certain (f,)."""
        return (self.lower > max(self.floor, 0.0)) & self.counts


def estimate_values(
    blocks: Sequence[Block], features: Sequence[Player], players: Sequence[Sequence[int]], seed: int
) -> Estimate:
    """The values of features, which are sets of columns, by blocks in their order of time, of which there are at least
    five; `players` are sets of features that join together, the one that was first active first.

    Errors are those of the jackknife over blocks, so that days that differ, and whatever rows of one block have in
    common, widen them (Tukey 1958); what the sampling of orders leaves is added.
    """
    sums = np.zeros((len(features), blocks[0].columns))
    for place, columns in enumerate(features):
        sums[place, list(columns)] = 1.0
    joined = [[column for place in player for column in features[place]] for player in players]
    found = shares_of(list(forward_folds(blocks)), sums, orders_of(joined, PAIRS, seed))
    bare = [block.without_shadows for block in blocks]
    without = [
        shares_of(list(forward_folds(bare, place)), sums, orders_of(joined, PAIRS_LEFT_OUT, seed))
        for place in range(len(blocks))
    ]
    errors = np.sqrt(_jackknife(np.array([each.parts for each in without])) + found.chance**2)
    whole_error = np.sqrt(_jackknife(np.array([[each.whole] for each in without])))
    floor = float(found.shadows.max())
    return Estimate(found.parts, errors, found.whole, float(whole_error[0]), floor, len(blocks))


def _jackknife(left_out: Array) -> Array:
    """The variance of an estimate, by what it is with each block left out (b, f)."""
    count = len(left_out)
    variance: Array = (count - 1) / count * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    return variance
