"""Plans that list entities: for batch scoring, and for publishing only what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builders.answers import ChangedSegments, ListEntities, TilesWithin
from builders.coverage import Range, merge_ranges, uncovered
from builders.limbs import widest
from builders.plan import BuildTiles, ReadSegments, ReadSource, Tiles, tile_slot
from builders.request import Inputs, RequestedColumn, StoredSegment, needed_slots
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.durations import BEGINNING


def ranges_in_reach(columns: Sequence[RequestedColumn], instant: int) -> dict[TileTable, tuple[Range, ...]]:
    """Per tile table, the hop starts that some window of the columns sees at `instant`."""
    ranges: dict[TileTable, list[Range]] = {}
    for column in columns:
        if column.table.hop == 0:
            ranges.setdefault(column.table, []).append((BEGINNING, BEGINNING + 1))
            continue
        boundary = column.grid.boundary(instant)
        window = column.column.window
        start = BEGINNING if window is None else boundary - window.microseconds
        ranges.setdefault(column.table, []).append((start, boundary))
    return {table: tuple(merge_ranges(found)) for table, found in ranges.items()}


def ranges_between(columns: Sequence[RequestedColumn], before: int, after: int) -> dict[TileTable, tuple[Range, ...]]:
    """Per tile table, the hop starts that enter or leave some window between two boundaries of the columns' grid."""
    ranges: dict[TileTable, list[Range]] = {}
    for column in columns:
        if column.table.hop == 0:
            continue
        held = ranges.setdefault(column.table, [])
        held.append((before, after))
        if column.column.window is not None:
            window = column.column.window.microseconds
            held.append((before - window, after - window))
    return {table: tuple(merge_ranges(found)) for table, found in ranges.items()}


def plan_entities(
    columns: tuple[RequestedColumn, ...], ranges: Mapping[TileTable, tuple[Range, ...]], inputs: Inputs
) -> ListEntities:
    """The entities with a tile in the ranges, from stored segments and, where these do not reach, from the source."""
    within = []
    for position, table in enumerate(ranges):
        if ranges[table]:
            tiles = _plan_key_tiles(table, f"{table.label}_{position + 1}", columns, ranges[table], inputs)
            within.append(TilesWithin(tiles, ranges[table]))
    return ListEntities("entities", columns[0].table.keys, tuple(within))


def _plan_key_tiles(
    table: TileTable, label: str, columns: tuple[RequestedColumn, ...], ranges: tuple[Range, ...], inputs: Inputs
) -> Tiles:
    """Tiles without slots: any segment tells which entities have a tile in its range."""
    start, end = ranges[0][0], ranges[-1][1]
    segments = [item for item in inputs.segments.get(table, ()) if item.start < end and start < item.end]
    parts: list[ReadSegments | BuildTiles] = []
    if segments:
        files = tuple(segment.file for segment in segments)
        layout = inputs.layout(table.entity)
        parts.append(ReadSegments(f"stored_{label}", table, files, start, end, (), layout=layout))
    for number, gap in enumerate(uncovered(start, end, [(item.start, item.end) for item in segments]), start=1):
        read = ReadSource(f"rows_{label}_{number}", table, inputs.files(table.source), *gap, ())
        parts.append(BuildTiles(f"built_{label}_{number}", read, ()))
    return Tiles(f"tiles_{label}", table, tuple(parts))


def plan_changes(
    columns: tuple[RequestedColumn, ...],
    ranges: Mapping[TileTable, tuple[Range, ...]],
    inputs: Inputs,
    replaced: Sequence[
        tuple[Mapping[TileTable, tuple[StoredSegment, ...]], Mapping[TileTable, tuple[StoredSegment, ...]]]
    ],
) -> ListEntities | None:
    """The entities with a tile in the ranges or in segments that were replaced by ones of other content.

    `replaced` are segments before and after, by table; several pairs where several publishes did not finish.
    Returns None where nothing can have changed.
    """
    listed = plan_entities(columns, ranges, inputs)
    changed = []
    for number, (before, after) in enumerate(replaced, start=1):
        for table, slots in needed_slots(columns).items():
            names = {slot.name for slot in slots}
            old, new = ([item for item in side.get(table, ()) if names & item.slots.keys()] for side in (before, after))
            if old and new:
                changed.append(_compare(table, slots, old, new, number))
    if not listed.within and not changed:
        return None
    return ListEntities("entities", listed.keys, listed.within, tuple(changed))


def _compare(
    table: TileTable, slots: Sequence[Slot], before: list[StoredSegment], after: list[StoredSegment], number: int
) -> ChangedSegments:
    """The slots' tiles where both sides have some."""
    both = [*before, *after]
    held = [slot for slot in slots if any(slot.name in item.slots for item in both)]
    limbs = {
        slot.name: widest(*(item.slots[slot.name] for item in both if slot.name in item.slots))
        for slot in held
        if slot.is_in_limbs
    }
    chosen = tuple(tile_slot(slot, limbs) for slot in held)
    end = min(max(item.end for item in side) for side in (before, after))
    start = min(item.start for item in both)
    sides = []
    for name, side in (("before", before), ("after", after)):
        present = {
            part.name
            for item in side
            for slot in held
            if slot.name in item.slots
            for part in tile_slot(slot, item.slots).columns
        }
        absent = frozenset(part.name for slot in chosen for part in slot.columns if part.name not in present)
        files = tuple(item.file for item in side)
        sides.append(ReadSegments(f"{name}_{table.label}_{number}", table, files, start, end, chosen, None, absent))
    return ChangedSegments(*sides)
