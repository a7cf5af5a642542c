"""Plans of bases: the state of slots before an instant, from an earlier base and the tiles since."""

from __future__ import annotations

from builders.answers import BuildBase
from builders.passes.find_needs import Need, best_base
from builders.passes.plan_tiles import plan_tiles
from builders.request import Inputs
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.durations import BEGINNING


def plan_base(table: TileTable, slots: tuple[Slot, ...], boundary: int, inputs: Inputs) -> BuildBase:
    """The state of the slots over all tiles before `boundary`, which stored segments cover from the beginning on."""
    ever = frozenset(slots)
    earlier = [base for base in inputs.bases(table) if base.boundary < boundary]
    need = Need(slots, (BEGINNING, boundary), ever, best_base(slots, ever, boundary, earlier))
    return BuildBase(f"base_{table.label}_anew", plan_tiles(table, table.label, need, None, inputs), boundary)
