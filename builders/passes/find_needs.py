"""What a frame needs of each tile table: slots and a range of time, and a base in place of the oldest part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builders.coverage import Range
from builders.passes.group_requests import Group, needed_range, slots_of_tables
from builders.request import Inputs, SpineShape, StoredBase
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.durations import BEGINNING


@dataclass(frozen=True)
class Need:
    """`slots` of tiles with a hop start in `within`; those in `ever` from the beginning on.

    `base`, if not None, holds the state of some of them, before which no other slot sees anything.
    """

    slots: tuple[Slot, ...]
    within: Range
    ever: frozenset[Slot] = frozenset()
    base: StoredBase | None = None

    @property
    def in_base(self) -> tuple[Slot, ...]:
        """The slots whose tiles before the base's boundary are not read."""
        return () if self.base is None else _held_by(self.base, self.slots, self.ever)

    @property
    def reads(self) -> tuple[tuple[tuple[Slot, ...], Range], ...]:
        """The tiles to read beside the base: slots with a range each, which never overlap."""
        held = self.in_base
        if self.base is None or not held:
            return ((self.slots, self.within),)
        start, end = self.within
        others = tuple(slot for slot in self.slots if slot in self.ever and slot not in held)
        before = ((others, (start, self.base.boundary)),) if others else ()
        return (*before, (self.slots, (self.base.boundary, end)))


def find_needs(groups: Sequence[Group], shape: SpineShape, inputs: Inputs) -> dict[TileTable, Need]:
    """What the groups need of each of their tables."""
    return {
        table: _find_need(table, slots, [group for group in groups if group.table == table], shape, inputs)
        for table, slots in slots_of_tables(groups).items()
    }


def _find_need(
    table: TileTable, slots: tuple[Slot, ...], groups: Sequence[Group], shape: SpineShape, inputs: Inputs
) -> Need:
    within = needed_range(groups, shape)
    ever = frozenset(window.slot for group in groups for window in group.windows if window.reach is None)
    if table.hop == 0 or not ever:
        return Need(slots, within, ever)
    # What ends no window and begins none: in the difference of two running values a base cancels out.
    latest = min(group.grid.boundary(shape.first) - (window.reach or 0) for group in groups for window in group.windows)
    return Need(slots, within, ever, best_base(slots, ever, latest, inputs.bases(table)))


def best_base(
    slots: Sequence[Slot], ever: frozenset[Slot], latest: int, bases: Sequence[StoredBase]
) -> StoredBase | None:
    """Of the bases up to the instant `latest`, the newest among those that hold the most of the slots: one that is not
    held needs all tiles, whatever the others do."""
    able = [base for base in bases if BEGINNING < base.boundary <= latest and _held_by(base, slots, ever)]
    return max(able, key=lambda base: (len(_held_by(base, slots, ever)), base.boundary), default=None)


def _held_by(base: StoredBase, slots: Sequence[Slot], ever: frozenset[Slot]) -> tuple[Slot, ...]:
    return tuple(slot for slot in slots if slot in ever and slot.name in base.slots)
