"""What a feature's values are looked at as: columns of numbers on a scale that is frozen when it is first used.

Numbers become normal scores of their ranks, so that heavy tails and units say nothing, and what is monotone is linear;
texts become a column for each of the most frequent. Where values are missing another column says so. Scales stay as
they are from the first use on, so that what is added up later is of the same columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from featurestore.valuation.numerics import normal_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from featurestore.valuation.block import Array

EDGES: Final = 255
"""How many quantiles of a sample a scale of numbers keeps."""
CATEGORIES: Final = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """Of numbers the `edges`, in their order and as often as they are quantiles; of texts the `values` that have a
    column each. One of neither is that of a feature that had no value. With `missing` a column says which are missing;
    without it none was, and those that are later count as middling."""

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    missing: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The scale in plain values, of which JSON can be made."""
        return {"edges": list(self.edges), "values": list(self.values), "missing": self.missing}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Scale:
        """The scale that `as_dict` made these values of."""
        return cls(tuple(map(float, plain["edges"])), tuple(map(str, plain["values"])), bool(plain["missing"]))


def scale_of_numbers(sample: Array) -> Scale:
    """The scale of numbers; those that are missing, NaN or infinite are left out."""
    known = sample[np.isfinite(sample)]
    missing = known.size < sample.size
    if not known.size:
        return Scale(missing=missing)
    levels = (np.arange(EDGES) + 0.5) / EDGES
    return Scale(tuple(np.quantile(known, levels, method="inverted_cdf").tolist()), missing=missing)


def scale_of_texts(sample: Sequence[str | None]) -> Scale:
    """The scale of texts: the most frequent, those that are as frequent by the alphabet."""
    counted = Counter(text for text in sample if text is not None)
    kept = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:CATEGORIES]
    return Scale(values=tuple(text for text, _ in kept), missing=any(text is None for text in sample))


def columns_of_numbers(scale: Scale, values: Array) -> Array:
    """The columns (rows, 1 or 2) of numbers: their normal scores, 0 where they are missing, and which are missing, if
    the scale says so."""
    missing = ~np.isfinite(values)
    scores = np.zeros(len(values))
    if scale.edges:
        edges = np.array(scale.edges)
        known = values[~missing]
        below, upto = np.searchsorted(edges, known, "left"), np.searchsorted(edges, known, "right")
        # The middle of the ranks that a value stands for, no further out than half an edge's.
        ranks = np.clip((below + upto) / 2, 0.5, len(edges) - 0.5) / len(edges)
        scores[~missing] = normal_scores(ranks)
    return _with_missing(scale, scores[:, None], missing)


def columns_of_texts(scale: Scale, values: Sequence[str | None]) -> Array:
    """The columns (rows, categories) or one more of texts: which of the frequent ones each is, and which are missing,
    if the scale says so."""
    known = np.array(["" if value is None else value for value in values], dtype=object)
    missing = np.array([value is None for value in values])
    columns = [(known == category) & ~missing for category in scale.values]
    stacked = np.column_stack(columns).astype(np.float64) if columns else np.zeros((len(values), 0))
    return _with_missing(scale, stacked, missing)


def _with_missing(scale: Scale, columns: Array, missing: NDArray[np.bool_]) -> Array:
    return np.column_stack([columns, missing.astype(np.float64)]) if scale.missing else columns
