"""Two columns of one type and unit of which one was never greater than the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from definitions.expectation import Relation
from definitions.terms import render_name
from quality.suggestions.history import SourceSample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BY_CHANCE: Final = 0.01
"""The share of rows that would break the order if values met those of any other row. Where it is less the columns are
ordered by what they are, as weights and prices are, and the order says nothing of rows."""
FEWEST_ROWS: Final = 100


def propose_column_orders(sample: SourceSample) -> Iterator[Relation]:
    """The pairs of columns that are ordered, row by row, in the sample; without those that follow from others."""
    ordered = set()
    comparable = [name for name in sample.types if _has_order(sample, name)]
    numbers = {name: _numbers(sample.values[name]) for name in comparable}
    for one, other in combinations(comparable, 2):
        if _are_of_a_kind(sample, one, other):
            for low, high in ((one, other), (other, one)):
                if _is_ordered(numbers[low], numbers[high]):
                    ordered.add((low, high))
    for low, high in sorted(ordered):
        follows = any((low, middle) in ordered and (middle, high) in ordered for middle in comparable)
        if not follows:
            yield Relation(check="relation", that=f"{render_name(low)} <= {render_name(high)}")


def _has_order(sample: SourceSample, name: str) -> bool:
    kind = sample.types[name]
    return (kind.is_numeric or kind.is_temporal) and not sample.is_like_id(name)


def _are_of_a_kind(sample: SourceSample, one: str, other: str) -> bool:
    columns = sample.columns
    return columns[one].type == columns[other].type and columns[one].unit == columns[other].unit


def _numbers(values: Any) -> NDArray[np.float64]:
    import numpy as np

    from quality.suggestions.instants import number_of

    return np.array([np.nan if value is None else number_of(value) for value in values], dtype=np.float64)


def _is_ordered(low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
    import numpy as np

    both = np.isfinite(low) & np.isfinite(high)
    low, high = low[both], high[both]
    if len(low) < FEWEST_ROWS or bool((low > high).any()) or bool((low == high).all()):
        return False
    at_or_above = np.searchsorted(np.sort(high), low, side="left")
    return float(at_or_above.mean()) / len(high) >= BY_CHANCE
