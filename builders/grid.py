"""Hop grids and boundaries: when the values of a view change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from definitions.durations import EXACT, Duration, Every, floor_to_hop, spell_duration
from definitions.model import FeatureView, Source

ALWAYS: Final = "always"
"""The hop of a source without timestamp: its values never change with time."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A hop and a delay: at instant t the boundary is `floor((t - delay) / hop) * hop`, or `t - delay` when exact.

    `hop` is in microseconds; None when every instant is a boundary (`exact`) and 0 when there is only one boundary,
    for a source whose rows are known since ever. `delay` is in microseconds.
    """

    name: str
    hop: int | None
    delay: int

    def boundary(self, instant: int) -> int:
        """The boundary whose values hold at `instant`; both in microseconds."""
        if self.hop is None:
            return instant - self.delay
        if self.hop == 0:
            return 0
        return floor_to_hop(instant - self.delay, self.hop)

    def next_boundary(self, boundary: int) -> int:
        """The first boundary after `boundary`."""
        return boundary + (1 if self.hop is None else self.hop)

    def instant_of(self, boundary: int) -> int:
        """The first instant whose boundary is `boundary`: when its values begin to hold."""
        return boundary + self.delay

    def reach_of_ttl(self, ttl: int) -> int:
        """How far before a boundary a row can lie that is still alive at some instant of that boundary.

        A row is alive at t if its timestamp is at least t - ttl, and t is at least boundary + delay.
        """
        reach = max(ttl - self.delay, 0)
        if not self.hop:
            return reach
        return -floor_to_hop(-reach, self.hop)


def hop_name(every: Every, source: Source) -> str:
    """`1d` (also of `24h`, as both have the same tiles), `exact`, or `always` for a source without timestamp."""
    return ALWAYS if source.timestamp is None else _spelled(every)


def hop_microseconds(every: Every, source: Source) -> int | None:
    """The hop in microseconds; None for `exact`, 0 for a source without timestamp."""
    if source.timestamp is None:
        return 0
    return None if every == EXACT or not isinstance(every, Duration) else every.microseconds


def grid_of(view: FeatureView, source: Source) -> Grid:
    """The grid on which `view`'s values change."""
    hop = hop_microseconds(view.every, source)
    if hop == 0:
        return Grid(ALWAYS, 0, 0)
    every, delay = _spelled(view.every), view.delay.microseconds
    return Grid(every if delay == 0 else f"{every}_{spell_duration(delay)}", hop, delay)


def _spelled(every: Every) -> str:
    return spell_duration(every.microseconds) if isinstance(every, Duration) else str(every)
