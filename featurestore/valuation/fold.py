"""Earlier rows that a model is fitted on, and later ones that it is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from featurestore.valuation.block import Block

if TYPE_CHECKING:
    from featurestore.valuation.block import Array


@dataclass(frozen=True)
class Moments:
    """Second moments a row, about means and in units of deviations that may be those of other rows: of p columns of
    `features` (p, p), of these with k `labels` (p, k) and s `shadows` (p, s), of `shadows_labels` (s, k), and the
    squares of `labels_squares` (k,) and `shadows_squares` (s,)."""

    features: Array
    labels: Array
    shadows: Array
    shadows_labels: Array
    labels_squares: Array
    shadows_squares: Array


@dataclass(frozen=True)
class Fold:
    """The moments of rows that come before, `fitted`, and of those that come after, `judged`, both about the means of
    those before; `fitted_rows` and `judged_rows` of them. Features and shadows are in units of their deviations
    before, those that never changed are zero."""

    fitted: Moments
    judged: Moments
    fitted_rows: float
    judged_rows: float


def fold_of(before: Block, after: Block) -> Fold:
    """The fold of two blocks with the same columns."""
    means, shadow_means = before.products[0, 1:] / before.rows, before.with_shadows[0] / before.rows
    fitted, judged = (_centred(block, means, shadow_means) for block in (before, after))
    units, shadow_units = _units(np.diag(fitted.features)), _units(fitted.shadows_squares)
    return Fold(_in_units(fitted, units, shadow_units), _in_units(judged, units, shadow_units), before.rows, after.rows)


def _centred(block: Block, means: Array, shadow_means: Array) -> Moments:
    rows, sums, shadow_sums = block.rows, block.products[0, 1:], block.with_shadows[0]
    products = block.products[1:, 1:] - np.outer(means, sums) - np.outer(sums, means) + rows * np.outer(means, means)
    crossed = block.with_shadows[1:] - np.outer(means, shadow_sums) - np.outer(sums, shadow_means)
    crossed += rows * np.outer(means, shadow_means)
    squares = block.squares - 2 * shadow_means * shadow_sums + rows * shadow_means**2
    p = block.columns
    return Moments(
        features=products[:p, :p] / rows,
        labels=products[:p, p:] / rows,
        shadows=crossed[:p] / rows,
        shadows_labels=crossed[p:].T / rows,
        labels_squares=np.diag(products)[p:] / rows,
        shadows_squares=squares / rows,
    )


def _units(variances: Array) -> Array:
    """One over the deviations; of what does not change but by rounding nothing is left."""
    least = 1e-12 * max(float(variances.max(initial=0.0)), 1.0)
    return np.where(variances > least, 1 / np.sqrt(np.maximum(variances, least)), 0.0)


def _in_units(moments: Moments, units: Array, shadow_units: Array) -> Moments:
    return Moments(
        features=moments.features * np.outer(units, units),
        labels=moments.labels * units[:, None],
        shadows=moments.shadows * np.outer(units, shadow_units),
        shadows_labels=moments.shadows_labels * shadow_units[:, None],
        labels_squares=moments.labels_squares,
        shadows_squares=moments.shadows_squares * shadow_units**2,
    )
