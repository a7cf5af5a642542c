"""The population stability index: how far a column is from its reference, as an effect size.

It is no detector: with no drift at all it is (bins - 1) (1/n + 1/m) on average for n values against m, and a shift of
a tenth of a standard deviation makes it a hundredth, whatever n is.
"""

from __future__ import annotations

import math

from quality.reference import Reference
from quality.summary import Summary

_LITTLE = 0.5
"""What an empty bin counts, in values."""


def stability_index(summary: Summary, reference: Reference) -> float | None:
    """The index of the values of `summary` against the reference; none of no values."""
    values = sum(summary.counts)
    if not values or not reference.rows:
        return None
    index = 0.0
    for count, share in zip(summary.counts, reference.shares, strict=True):
        if count or share:
            now = max(count, _LITTLE) / values
            then = max(share, _LITTLE / reference.rows)
            index += (now - then) * math.log(now / then)
    return index


def index_by_chance(summary: Summary, reference: Reference) -> float | None:
    """What the index is on average if nothing has changed and rows are independent; none of no values."""
    values = sum(summary.counts)
    if not values or not reference.rows:
        return None
    bins = sum(1 for share in reference.shares if share)
    return (bins - 1) * (1 / values + 1 / reference.rows)
