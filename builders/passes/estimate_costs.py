"""What each form costs for the work that a frame is estimated to be, in CPU microseconds of the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from builders.form_costs import FormCosts
from builders.slots import SlotWindow

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


def cost_of_join(costs: FormCosts, work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """Every pair meets the tiles inside the longest reach; counts by value spread these out once more."""
    reaches = {window.reach for window in windows}
    candidates = work.candidates(windows)
    slots = {window.slot for window in windows}
    counted = sum(slot.counts_values for slot in slots)
    cost = work.tiles * costs.join_tile + candidates * costs.counted_candidate * counted
    if work.are_rows and any(slot.picks_row for slot in slots):
        return cost + candidates * costs.instant_candidate
    if len(reaches) <= _MOST_REACHES_WITHOUT_BANDS:
        return cost + candidates * (costs.join_candidate + costs.join_value * len(windows))
    banded = candidates * (costs.banded_candidate + costs.join_value * len(slots))
    return cost + banded + work.pairs * len(reaches) * len(slots) * costs.band_value


def cost_of_merge(costs: FormCosts, work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """The tiles of the asked entities are sorted, the longer the more an entity has, and each probe looks its values
    up."""
    offsets = {window.window for window in windows if window.window and window.slot.is_invertible}
    probe = costs.merge_probe + (costs.merge_difference if offsets else 0.0)
    return work.tiles * (costs.merge_tile + costs.merge_depth * work.depth) + work.pairs * (1 + len(offsets)) * probe


def cost_of_sliding_frame(costs: FormCosts, work: Work, windows: tuple[SlotWindow, ...]) -> float:
    """Tiles and pairs are sorted together, and each of them has a frame a window: a tree over what it spans."""
    return (work.tiles + work.pairs) * (costs.frame_row + costs.frame_value * len(windows) * work.depth)
