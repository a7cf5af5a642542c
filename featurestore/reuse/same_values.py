"""Whether two columns of numbers carry the same data: the one is the other through a strictly monotone map.

Correlation only nominates, as a count and a sum of few users are nearly one line; what decides is that over all sampled
rows equal values meet equal values, and greater ones greater (or lesser) ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST_VALUES: Final = 20
"""How many different values have to be seen before anything is said."""

_NEARLY: Final = 0.98
_TOLERANCE: Final = 1e-9


def nominates(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether two columns are worth a closer look: their ranks are nearly one line, up or down. NaN is no value."""
    import numpy as np

    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() < FEWEST_VALUES or len(np.unique(first[both])) < 3 or len(np.unique(second[both])) < 3:
        return False
    return bool(abs(np.corrcoef(_ranks(first[both]), _ranks(second[both]))[0, 1]) >= _NEARLY)


def is_same_data(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether a strictly monotone map takes the one to the other on every row; nulls (NaN) meet nulls, or one value
    that is nowhere else: a count has 0 where a sum has nothing."""
    import numpy as np

    for mine, others in ((first, second), (second, first)):
        missing = np.isnan(mine) & ~np.isnan(others)
        if missing.any() and not _is_one_value_only_there(others, missing):
            return False
    both = ~(np.isnan(first) | np.isnan(second))
    values, others = first[both], second[both]
    order = np.argsort(values, kind="stable")
    values, others = values[order], others[order]
    steps = _steps(values)
    if int(steps.sum()) + 1 < FEWEST_VALUES:
        return False
    moves = np.diff(others)
    level = np.abs(moves) <= _TOLERANCE * np.maximum(np.abs(others[1:]), np.abs(others[:-1]))
    if not level[~steps].all() or level[steps].any():
        return False
    return bool((moves[steps] > 0).all() or (moves[steps] < 0).all())


def _steps(ordered: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where the next value is another one, rounding aside."""
    import numpy as np

    scale = np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    steps: NDArray[np.bool_] = np.diff(ordered) > _TOLERANCE * scale
    return steps


def _is_one_value_only_there(values: NDArray[np.float64], there: NDArray[np.bool_]) -> bool:
    import numpy as np

    found = np.unique(values[there])
    return len(found) == 1 and not (values[~there] == found[0]).any()


def _ranks(values: NDArray[np.float64]) -> NDArray[Any]:
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_ranks: NDArray[Any] = (ends - (counts - 1) / 2)[places]
    return mean_ranks
