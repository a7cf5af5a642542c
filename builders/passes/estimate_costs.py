"""What each form costs on DuckDB, in CPU microseconds, for the work that a frame is estimated to be.

The constants were fitted to frames over 1M and 10M events of 1,000 to 1,000,000 entities, of 10,000 to 300,000 rows
(docs/decisions/0010); `make bench-meaning` holds the choice against every fixed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from builders.slots import SlotWindow

_JOIN_TILE: Final = 0.15
_JOIN_CANDIDATE: Final = 0.015
_JOIN_VALUE: Final = 0.01
_BANDED_CANDIDATE: Final = 0.2
_BAND_VALUE: Final = 0.1
_INSTANT_CANDIDATE: Final = 0.7
_COUNTED_CANDIDATE: Final = 0.5
_MERGE_TILE: Final = 0.3
_MERGE_DEPTH: Final = 0.08
_MERGE_PROBE: Final = 0.6
_MERGE_DIFFERENCE: Final = 0.4
_FRAME_ROW: Final = 0.5
_FRAME_VALUE: Final = 0.05

_MOST_REACHES_WITHOUT_BANDS: Final = 2


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
        reaches = [window.reach for window in windows]
        longest = None if None in reaches else max(reach for reach in reaches if reach is not None)
        return self.pairs * self.matches(longest)

    @property
    def depth(self) -> float:
        """The depth of a tree over the tiles that a pair's entity has."""
        return math.log2(2 + self.tiles_met)


def cost_of_join(work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """Every pair meets the tiles inside the longest reach; counts by value spread these out once more."""
    reaches = {window.reach for window in windows}
    candidates = work.candidates(windows)
    slots = {window.slot for window in windows}
    counted = sum(slot.counts_values for slot in slots)
    cost = work.tiles * _JOIN_TILE + candidates * _COUNTED_CANDIDATE * counted
    if work.are_rows and any(slot.picks_row for slot in slots):
        return cost + candidates * _INSTANT_CANDIDATE
    if len(reaches) <= _MOST_REACHES_WITHOUT_BANDS:
        return cost + candidates * (_JOIN_CANDIDATE + _JOIN_VALUE * len(windows))
    banded = candidates * (_BANDED_CANDIDATE + _JOIN_VALUE * len(slots))
    return cost + banded + work.pairs * len(reaches) * len(slots) * _BAND_VALUE


def cost_of_merge(work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """The tiles of the asked entities are sorted, the longer the more an entity has, and each probe looks its values
    up."""
    offsets = {window.window for window in windows if window.window and window.slot.is_invertible}
    probe = _MERGE_PROBE + (_MERGE_DIFFERENCE if offsets else 0.0)
    return work.tiles * (_MERGE_TILE + _MERGE_DEPTH * work.depth) + work.pairs * (1 + len(offsets)) * probe


def cost_of_sliding_frame(work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """Tiles and pairs are sorted together, and each of them has a frame a window: a tree over what it spans."""
    return (work.tiles + work.pairs) * (_FRAME_ROW + _FRAME_VALUE * len(windows) * work.depth)
