"""One order of a fold's columns: what each makes better when it joins those before it.

A ridge on any set of columns is fitted and judged by moments alone. In one order all its beginnings are, by one
factorisation: with C + ridge = L L', the columns times the transposed inverse of L are such that a model of the first
few is the beginning of the model of all. What a column adds on average over all orders (Lindeman, Merenda and Gold
1980) is its Shapley value in the game whose worth is the share of the label's variance that is predicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from featurestore.valuation.fold import Fold
from featurestore.valuation.numerics import factorise, solve_lower

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from featurestore.valuation.block import Array


@dataclass(frozen=True)
class Steps:
    """By how much the squared error a row falls: with each column (p,), in the place that it has in the fold, when it
    joins those before it in the order; and with each shadow (s,), on average over all places in the order."""

    columns: Array
    shadows: Array


def play(fold: Fold, order: NDArray[np.intp]) -> Steps:
    """The steps of one order of the columns (p,).

    Errors are those that the fitted model would have if there were any number of rows to fit it on. A model with a
    constant that is fitted on n rows errs about 1 + (d + 1) / n times as much, where d are the squared shares of what
    is left of each column's slope after the ridge; so what carries nothing is worth hardly less than nothing.
    """
    fitted, judged = fold.fitted, fold.judged
    ridge = len(order) / fold.fitted_rows
    factor = factorise(fitted.features[np.ix_(order, order)] + ridge * np.eye(len(order)))
    k, s = fitted.labels.shape[1], fitted.shadows.shape[1]
    sides = (fitted.labels, judged.labels, fitted.shadows, judged.shadows)
    solved = solve_lower(factor, np.column_stack([side[order] for side in sides]))
    weights, labels, shadows, judged_shadows = np.split(solved, [k, 2 * k, 2 * k + s], axis=1)
    half = solve_lower(factor, judged.features[np.ix_(order, order)])
    square = solve_lower(factor, half.T)
    below, diagonal = np.tril(square, -1), np.diag(square)[:, None]

    crossed = below @ weights
    changes = weights * (2 * crossed + diagonal * weights - 2 * labels)
    error = judged.labels_squares.sum() + _before(changes.sum(axis=1))
    freedom = _before((1 - ridge / np.diag(factor) ** 2) ** 2)
    corrected = error / (1 + (freedom + 1) / fold.fitted_rows)
    columns = np.empty(len(order))
    columns[order] = corrected[:-1] - corrected[1:]

    # A shadow joins at every place: its rest beside the columns before it, fitted and judged as one more column.
    crossed_shadows = below @ shadows
    rest = fitted.shadows_squares + ridge - _before(shadows**2)
    judged_rest = judged.shadows_squares + _before(
        shadows * (2 * crossed_shadows + diagonal * shadows - 2 * judged_shadows)
    )
    changes = np.zeros_like(rest)
    for label in range(k):
        weight, side, cross = weights[:, [label]], labels[:, [label]], crossed[:, [label]]
        slope = (fitted.shadows_labels[:, label] - _before(shadows * weight)) / rest
        with_label = judged.shadows_labels[:, label] - _before(shadows * side)
        with_model = _before(weight * judged_shadows) - _before(
            weight * (crossed_shadows + diagonal * shadows) + shadows * cross
        )
        changes += slope**2 * judged_rest - 2 * slope * (with_label - with_model)
    freedom_joined = freedom[:, None] + (1 - ridge / rest) ** 2
    joined = (error[:, None] + changes) / (1 + (freedom_joined + 1) / fold.fitted_rows)
    return Steps(columns, (corrected[:, None] - joined).mean(axis=0))


def _before(steps: Array) -> Array:
    """The sums of the steps before each place, and of all."""
    return np.concatenate([np.zeros_like(steps[:1]), np.cumsum(steps, axis=0)])
