"""What the features of teams are worth to one use, as a game between teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from featurestore.valuation.block import Block
from featurestore.valuation.orders import Player, orders_of_teams
from featurestore.valuation.shares import forward_folds, shares_of

PAIRS: Final = 64


def credit_teams(
    blocks: Sequence[Block],
    features: Sequence[Player],
    teams: Sequence[str],
    groups: Sequence[Sequence[int]],
    seed: int,
) -> Mapping[str, float]:
    """The share of the label's variance that is each team's, of features that are sets of columns and of `teams`.

    Teams join one after the other with all that is theirs (Owen 1977), so that features of one's own that carry the
    same, splits and renamed ones add what they add together and no more. In a group of features that carry the same the
    first one's team was first: those of other teams come after everybody, and earn what they still add.
    """
    later = {place for group in groups for place in group if teams[place] != teams[group[0]]}
    names = list(dict.fromkeys(teams))
    playing = [
        [
            [column for place in group if place not in later for column in features[place]]
            for group in groups
            if teams[group[0]] == name
        ]
        for name in names
    ]
    last = np.array([column for place in sorted(later) for column in features[place]], dtype=np.intp)
    sums = np.zeros((len(names), blocks[0].columns))
    for place, columns in enumerate(features):
        sums[names.index(teams[place]), list(columns)] = 1.0
    pairs = (
        (np.concatenate([one, last]), np.concatenate([other, last]))
        for one, other in orders_of_teams([players for players in playing if players], PAIRS, seed)
    )
    found = shares_of(list(forward_folds([block.without_shadows for block in blocks])), sums, pairs)
    return dict(zip(names, found.parts.tolist(), strict=True))
