"""What is measured of a column at each boundary: its summaries as a matrix, one row a boundary, one column a measure.

Measures stand on scales where their noise is about the same at any level: row counts as logarithms, shares as
`2 asin(sqrt(share))` (Anscombe, The transformation of Poisson, binomial and negative-binomial data, 1948), the others
as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from quality.reference import HOURS, Reference
from quality.summary import Summary

if TYPE_CHECKING:
    from numpy.typing import NDArray

Family = Literal["rows", "nulls", "mean", "rank", "spread", "share", "until", "profile"]
"""`rows` there are; the share of `nulls` in them; the `mean` of the numbers; their mean `rank` among those of the
reference, from 0 to 1 (Wilcoxon's), and so of hours; how far from the middle rank they lie, the `spread` (Mood's); the
`share` up to an edge, or of a category; of hours the share `until` the end of each too; and the `profile`: how far the
shares of all categories are from what was expected of them, together."""

FEWEST_VALUES: Final = 30
"""Shares and means of fewer values are not looked at."""

_HALF: Final = 0.5
_LARGEST: Final = 700.0
_ANSCOMBE: Final = 3 / 8


@dataclass(frozen=True)
class Measures:
    """`rows` by boundary; `values`, `noise` and `grain` by boundary and measure: where it stands, the standard
    deviation that independent rows would give it, and what one row more or less changes; NaN where there are too few
    rows. `families` and `labels` name each measure: the label of a share says what it is a share of."""

    families: tuple[Family, ...]
    labels: tuple[str, ...]
    of_categories: bool
    rows: NDArray[np.float64]
    values: NDArray[np.float64]
    noise: NDArray[np.float64]
    grain: NDArray[np.float64]

    def until(self, boundaries: int) -> Measures:
        """So many boundaries from the beginning."""
        return self._of(slice(boundaries))

    def last(self, boundaries: int) -> Measures:
        """So many boundaries at the end."""
        return self._of(slice(len(self.values) - boundaries, None))

    def _of(self, some: slice) -> Measures:
        parts = {name: getattr(self, name)[some] for name in ("rows", "values", "noise", "grain")}
        return replace(self, **parts)


def measure(summaries: Sequence[Summary], reference: Reference | None, *, with_rows: bool = True) -> Measures:
    """The measures of a column that has `summaries`; of one without reference its rows and nulls alone."""
    rows = np.array([summary.rows for summary in summaries], dtype=np.float64)
    nulls = np.array([summary.nulls for summary in summaries], dtype=np.float64)
    parts, labels = [_of_shares(nulls, rows, fewest=1)], [""]
    families: list[Family] = ["nulls"]
    if with_rows:
        parts, labels, families = [_of_counts(rows), *parts], ["", ""], ["rows", "nulls"]
    if reference is not None:
        places = len(reference.shares)
        counts = np.array([summary.counts or (0,) * places for summary in summaries], dtype=np.float64)
        values = counts.sum(axis=1)
        if reference.edges:
            means = np.array([np.nan if item.mean is None else item.mean for item in summaries])
            parts.append(_of_means(means, counts, values, reference))
            families.append("mean")
            labels.append("")
        if reference.edges or reference.values == HOURS:
            parts += _of_ranks(counts, values, reference)
            families += ["rank", "spread"]
            labels += ["", ""]
        if reference.values == HOURS:
            # Hours that are missing at the end of a day are few rows each and many together.
            ended = np.cumsum(counts, axis=1)[:, : len(HOURS) - 1]
            parts.append(_of_shares(ended, values[:, None], FEWEST_VALUES))
            families += ["until"] * ended.shape[1]
            labels += HOURS[:-1]
        if reference.edges:
            counts = np.cumsum(counts, axis=1)
        shown = counts[:, :-1] if reference.edges else counts
        parts.append(_of_shares(shown, values[:, None], FEWEST_VALUES))
        families += ["share"] * shown.shape[1]
        labels += _shares_of(reference)
    stacked = [np.column_stack([part[place] for part in parts]) for place in range(3)]
    of_categories = bool(reference and reference.values)
    return Measures(tuple(families), tuple(labels), of_categories, rows, *stacked)


def _shares_of(reference: Reference) -> list[str]:
    """What the shares of a column are of, in words."""
    if reference.edges:
        return [f"up to {edge:g}" for edge in reference.edges]
    values = [f"in hour {hour}" for hour in HOURS] if reference.values == HOURS else reference.values
    return [*values, "others"]


def in_its_unit(family: Family, value: float) -> float:
    """A measure's value as people know it: rows, a share, a number, a rank."""
    if family == "rows":
        return max(math.exp(min(value, _LARGEST)) - _HALF, 0.0)
    if family in {"nulls", "share", "until"}:
        return math.sin(min(max(value, 0.0), math.pi) / 2) ** 2
    if family == "profile":
        return max(value, 0.0) ** 3
    return value


Part = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]
"""Values, noise and grain."""


def _of_counts(rows: NDArray[np.float64]) -> Part:
    return np.log(rows + _HALF), 1 / np.sqrt(rows + 1), 1 / (rows + 1)


def _of_shares(counts: NDArray[np.float64], rows: NDArray[np.float64], fewest: int) -> Part:
    enough = np.broadcast_to(rows >= fewest, counts.shape)
    total = np.maximum(rows, 1)
    share = (counts + _ANSCOMBE) / (total + 2 * _ANSCOMBE)
    noise = np.broadcast_to(1 / np.sqrt(total + _HALF), counts.shape)
    # Where there are hardly any, a row more changes less than the slope there says.
    spread = np.maximum(share * (1 - share), 1 / total)
    grain = 1 / (total * np.sqrt(spread))
    return np.where(enough, 2 * np.arcsin(np.sqrt(share)), np.nan), noise, grain


def _of_means(
    means: NDArray[np.float64], counts: NDArray[np.float64], values: NDArray[np.float64], reference: Reference
) -> Part:
    edges = np.array(reference.edges)
    middles = np.concatenate((edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]))
    noise = _noise_of_scores(counts, values, middles)
    width = max(float(edges[-1] - edges[0]), np.finfo(np.float64).tiny)
    many = np.maximum(values, 1)
    return np.where(values >= FEWEST_VALUES, means, np.nan), noise, width / many


def _of_ranks(counts: NDArray[np.float64], values: NDArray[np.float64], reference: Reference) -> tuple[Part, Part]:
    shares = np.array(reference.shares)
    ranks = np.cumsum(shares) - shares / 2
    return _of_scores(counts, values, ranks), _of_scores(counts, values, np.abs(2 * ranks - 1))


def _of_scores(counts: NDArray[np.float64], values: NDArray[np.float64], scores: NDArray[np.float64]) -> Part:
    many = np.maximum(values, 1)
    mean = np.where(values >= FEWEST_VALUES, counts @ scores / many, np.nan)
    return mean, _noise_of_scores(counts, values, scores), (scores.max() - scores.min()) / many


def _noise_of_scores(
    counts: NDArray[np.float64], values: NDArray[np.float64], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The standard deviation of a mean of scores, one a bin, as the rows of its own boundary are spread."""
    many = np.maximum(values, 1)
    variance = np.maximum(counts @ scores**2 / many - (counts @ scores / many) ** 2, 0)
    return np.sqrt(variance / many)
