"""Which features carry the same thing, so that they are one player: a copy is not worth what the original is again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from featurestore.valuation.block import Block
from featurestore.valuation.fold import fold_of
from featurestore.valuation.orders import Player

if TYPE_CHECKING:
    from featurestore.valuation.block import Array

SAME: Final = 0.9
"""The share of each other's variance from which on two features carry the same."""


def group_features(block: Block, features: Sequence[Player], active_since: Sequence[int]) -> list[list[int]]:
    """Features, which are sets of columns, by what they carry, the one that was first active first in each group.

    One joins the group of the first active feature that tells nine tenths of all that varies in it, and whose own is
    told by it as far. Groups are not chained: all are like their first.
    """
    moments = fold_of(block, block).fitted.features
    order = sorted(range(len(features)), key=lambda place: (active_since[place], place))
    groups: list[list[int]] = []
    for place in order:
        found = next((group for group in groups if _alike(moments, features[group[0]], features[place])), None)
        if found is None:
            groups.append([place])
        else:
            found.append(place)
    return groups


def _alike(moments: Array, first: Player, second: Player) -> bool:
    return min(_told(moments, first, second), _told(moments, second, first)) >= SAME


def _told(moments: Array, by: Player, of: Player) -> float:
    """The share of the variance of some columns that others tell."""
    known, crossed = moments[np.ix_(by, by)], moments[np.ix_(by, of)]
    varies = float(np.trace(moments[np.ix_(of, of)]))
    if not varies:
        return 0.0
    return float(np.trace(crossed.T @ np.linalg.pinv(known, rcond=1e-9, hermitian=True) @ crossed)) / varies
