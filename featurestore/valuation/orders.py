"""The orders in which columns join a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Player = Sequence[int]
"""Columns that join together, in this order: those of one feature, or of features that carry the same thing, the one
that was first active first."""


def orders_of(players: Sequence[Player], pairs: int, seed: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of orders in which players join by chance, the second the first backwards: what joins early in one joins
    late in the other, which takes half of the chance out (Castro, Gomez and Tejada 2009 on sampling; antithetic)."""
    chance = np.random.default_rng(seed)
    for _ in range(pairs):
        places = chance.permutation(len(players))
        yield _columns(players, places), _columns(players, places[::-1])


def orders_of_teams(
    teams: Sequence[Sequence[Player]], pairs: int, seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The same where teams join one after the other, and within a team its players (Owen 1977): what a team earns does
    not depend on how many players it has."""
    chance = np.random.default_rng(seed)
    for _ in range(pairs):
        shuffled = [[team[place] for place in chance.permutation(len(team))] for team in teams]
        order = [player for place in chance.permutation(len(teams)) for player in shuffled[place]]
        yield _columns(order, range(len(order))), _columns(order[::-1], range(len(order)))


def _columns(players: Sequence[Player], places: Sequence[int] | NDArray[np.intp]) -> NDArray[np.intp]:
    return np.array([column for place in places for column in players[place]], dtype=np.intp)
