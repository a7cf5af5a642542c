"""What each form costs for the work that a frame is estimated to be: each engine has costs of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from builders.slots import SlotWindow


@dataclass(frozen=True)
class Work:
    """How much there is to do for one group: distinct `pairs`, the `tiles` of their entities in the `span` of
    microseconds that the frame sees, and how many of these a pair meets if all of the span is in its reach.

    `are_rows` says that the tiles are still rows of a source, which are tiles themselves.
    """

    pairs: float
    tiles: float
    tiles_met: float
    span: int
    are_rows: bool

    def matches(self, reach: int | None) -> float:
        """About how many tiles a pair meets within a reach; None is all history."""
        return self.tiles_met if reach is None else self.tiles_met * min(1.0, reach / self.span)

    def candidates(self, windows: tuple[SlotWindow, ...]) -> float:
        """About how many tiles a join brings to all pairs: those inside the longest reach of the windows."""
        return self.pairs * self.matches(longest_reach(windows))

    @property
    def depth(self) -> float:
        """The depth of a tree over the tiles that a pair's entity has."""
        return math.log2(2 + self.tiles_met)


class FormCosts(Protocol):
    """CPU microseconds of each form for a group's work; a group may be answered by several, each some windows of it."""

    def of_join(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Every pair meets the tiles inside the longest reach."""
        ...

    def of_merge(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """The tiles of the asked entities are sorted, and each probe looks its values up among them."""
        ...

    def of_sliding_frame(self, work: Work, windows: tuple[SlotWindow, ...]) -> float:
        """Tiles and pairs are sorted together, and each of them has a frame a window."""
        ...


def longest_reach(windows: tuple[SlotWindow, ...]) -> int | None:
    """The longest reach of windows; None is all history."""
    reaches = [window.reach for window in windows]
    return None if None in reaches else max(reach for reach in reaches if reach is not None)


def count_probes(work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """How often a merge looks values up: at each pair, and where each window begins whose value is a difference."""
    return work.pairs * (1 + len(subtracted(windows)))


def subtracted(windows: tuple[SlotWindow, ...]) -> set[object]:
    """The windows whose value is a difference of running values."""
    return {window.window for window in windows if window.window and window.slot.is_invertible}
