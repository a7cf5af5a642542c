"""What is SciPy's, loaded when it is first asked for, as loading it takes longer than all else here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from featurestore.valuation.block import Array


def factorise(matrix: Array) -> Array:
    """The lower triangle L of a positive definite matrix L L'."""
    from scipy.linalg import cholesky

    factor: Array = cholesky(matrix, lower=True, check_finite=False)
    return factor


def solve_lower(factor: Array, sides: Array) -> Array:
    """The inverse of L times some columns, for a lower triangle L."""
    from scipy.linalg import solve_triangular

    solved: Array = solve_triangular(factor, sides, lower=True, check_finite=False)
    return solved


def normal_scores(ranks: Array) -> Array:
    """The values that a normal variable has at ranks between 0 and 1."""
    from scipy.special import ndtri

    scores: Array = ndtri(ranks)
    return scores


def student_quantile(level: float, freedom: int) -> float:
    """The quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, level))
