"""Tiles of a table for a range: stored segments where they cover it, the source where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from builders.coverage import uncovered
from builders.plan import BuildTiles, KeyFilter, ReadSegments, ReadSource, Tiles, tile_slot
from builders.request import Inputs, StoredSegment
from builders.slots import Slot
from builders.tile_table import TileTable


def plan_tiles(
    table: TileTable,
    label: str,
    slots: tuple[Slot, ...],
    needed: tuple[int, int],
    key_filter: KeyFilter | None,
    inputs: Inputs,
) -> Tiles:
    """The tiles of `table` with a hop start in the range `needed`, of the entities that the filter lets through."""
    start, end = needed
    segments = overlapping_segments(table, start, end, inputs)
    parts: list[ReadSegments | BuildTiles] = []
    for held, group in _group_segments(segments, slots):
        name = f"stored_{label}" if not parts else f"stored_{label}_{len(parts) + 1}"
        # Those that some file holds: between the limbs of two segments there may be some that neither needed.
        limbs = {
            slot.name: tuple(sorted({limb for item in group for limb in item.slots[slot.name]}))
            for slot in held
            if slot.is_in_limbs
        }
        chosen = tuple(tile_slot(slot, limbs) for slot in held)
        parts.append(ReadSegments(name, table, tuple(item.file for item in group), start, end, chosen, key_filter))
    for (first, last), missing in missing_ranges(segments, slots, start, end).items():
        number = sum(isinstance(part, BuildTiles) for part in parts) + 1
        suffix = label if number == 1 else f"{label}_{number}"
        files = inputs.files(table.source)
        read = ReadSource(f"rows_{suffix}", table, files, first, last, tuple(missing), key_filter)
        chosen = tuple(tile_slot(slot, inputs.limbs) for slot in missing)
        parts.append(BuildTiles(f"built_{suffix}", read, chosen))
    return Tiles(f"tiles_{label}", table, tuple(parts))


def overlapping_segments(table: TileTable, start: int, end: int, inputs: Inputs) -> list[StoredSegment]:
    return [item for item in inputs.segments.get(table, ()) if item.start < end and start < item.end]


def _group_segments(
    segments: Sequence[StoredSegment], slots: tuple[Slot, ...]
) -> list[tuple[tuple[Slot, ...], list[StoredSegment]]]:
    """Segments that hold the same needed slots are read together."""
    groups: dict[tuple[Slot, ...], list[StoredSegment]] = {}
    for segment in segments:
        held = tuple(slot for slot in slots if slot.name in segment.slots)
        if held:
            groups.setdefault(held, []).append(segment)
    return list(groups.items())


def missing_ranges(
    segments: Sequence[StoredSegment], slots: tuple[Slot, ...], start: int, end: int
) -> dict[tuple[int, int], list[Slot]]:
    """The ranges to build from the source, each with the slots that are missing there: one scan a range."""
    missing: dict[tuple[int, int], list[Slot]] = {}
    for slot in slots:
        covered = [(item.start, item.end) for item in segments if slot.name in item.slots]
        for gap in uncovered(start, end, covered):
            missing.setdefault(gap, []).append(slot)
    return missing
