"""Which tile tables and grids the columns of a request need, and which slot windows of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from builders.grid import Grid
from builders.request import RequestedColumn, SpineShape
from builders.slots import Slot, SlotWindow
from builders.tile_table import TileTable
from definitions.durations import BEGINNING


@dataclass(frozen=True)
class Group:
    """The slot windows that are asked of one tile table on one grid."""

    table: TileTable
    grid: Grid
    windows: tuple[SlotWindow, ...]


GroupKey = tuple[TileTable, Grid]


def group_requests(
    columns: Sequence[RequestedColumn], needed: Mapping[str, tuple[SlotWindow, ...]]
) -> dict[GroupKey, Group]:
    """The groups of all columns; `needed` are the slot windows of each column, by its name."""
    windows: dict[GroupKey, dict[SlotWindow, None]] = {}
    for column in columns:
        windows.setdefault((column.table, column.grid), {}).update(dict.fromkeys(needed[column.name]))
    return {
        (table, grid): Group(table, grid, tuple(sorted(_widest_reach(asked), key=lambda window: window.name)))
        for (table, grid), asked in windows.items()
    }


def _widest_reach(windows: Mapping[SlotWindow, None]) -> list[SlotWindow]:
    """One entry per slot and window: two features may ask for the same with different ttl."""
    found: dict[str, SlotWindow] = {}
    for window in windows:
        other = found.get(window.name)
        if other is None or (other.reach is not None and (window.reach is None or window.reach > other.reach)):
            found[window.name] = window
    return list(found.values())


def label_tables(groups: Sequence[Group]) -> dict[TileTable, str]:
    """A readable name per table; those that would share one are numbered, as no part of a table's tiles is."""
    labels: dict[TileTable, str] = {}
    for group in groups:
        if group.table not in labels:
            same = sum(1 for other in labels if other.label == group.table.label)
            labels[group.table] = group.table.label if same == 0 else f"{group.table.label}_table_{same + 1}"
    return labels


def slots_of_tables(groups: Sequence[Group]) -> dict[TileTable, tuple[Slot, ...]]:
    """The distinct slots that groups need of each table, by name."""
    needed: dict[TileTable, dict[str, Slot]] = {}
    for group in groups:
        needed.setdefault(group.table, {}).update({window.slot.name: window.slot for window in group.windows})
    return {table: tuple(slots[name] for name in sorted(slots)) for table, slots in needed.items()}


def needed_range(groups: Sequence[Group], shape: SpineShape) -> tuple[int, int]:
    """The hop starts that any of the windows can see from any instant of the spine."""
    if groups[0].table.hop == 0:
        return BEGINNING, BEGINNING + 1
    starts, ends = [], []
    for group in groups:
        reaches = [window.reach for window in group.windows]
        first = group.grid.boundary(shape.first)
        starts.append(BEGINNING if None in reaches else first - max(reach for reach in reaches if reach is not None))
        ends.append(group.grid.boundary(shape.last))
    return min(starts), max(*ends, min(starts) + 1)
