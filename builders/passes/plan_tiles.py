"""Tiles of a table for a range: stored segments where they cover it, the source where they do not, and a base in place
of the oldest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from builders.coverage import Range, uncovered
from builders.passes.find_needs import Need
from builders.plan import BuildTiles, KeyFilter, ReadBase, ReadSegments, ReadSource, Tiles, TileSlot, tile_slot
from builders.request import Inputs, StoredSegment
from builders.slots import Slot
from builders.tile_table import TileTable


def plan_tiles(table: TileTable, label: str, need: Need, key_filter: KeyFilter | None, inputs: Inputs) -> Tiles:
    """The tiles of `table` that are needed, of the entities that the filter lets through."""
    layout = inputs.layout(table.entity)
    base = [replace(read, layout=layout) for read in _read_base(table, f"base_{label}", need, key_filter)]
    stored: list[ReadSegments] = []
    built: list[BuildTiles] = []
    for slots, within in need.reads:
        segments = overlapping_segments(table, *within, inputs)
        for held, group in _group_segments(segments, slots):
            name = _numbered("stored", label, len(stored))
            paths = tuple(item.file for item in group)
            read = ReadSegments(name, table, paths, *within, _stored_slots(held, group), key_filter, layout=layout)
            stored.append(read)
        for piece, missing in missing_ranges(segments, slots, *within).items():
            rows, files = _numbered("rows", label, len(built)), inputs.files(table.source)
            source = ReadSource(rows, table, files, *piece, tuple(missing), key_filter, layout=layout)
            chosen = tuple(tile_slot(slot, inputs.limbs) for slot in missing)
            built.append(BuildTiles(_numbered("built", label, len(built)), source, chosen))
    return Tiles(f"tiles_{label}", table, (*base, *stored, *built))


def _numbered(what: str, label: str, before: int) -> str:
    """A name for one of several parts: the first has no number."""
    return f"{what}_{label}" if before == 0 else f"{what}_{label}_{before + 1}"


def _read_base(table: TileTable, name: str, need: Need, key_filter: KeyFilter | None) -> list[ReadBase]:
    base, held = need.base, need.in_base
    if base is None or not held:
        return []
    slots = tuple(tile_slot(slot, base.slots) for slot in held)
    within = (need.within[0], base.boundary)
    return [ReadBase(name, table, (base.file,), *within, slots, key_filter, in_place_of=base.segments)]


def _stored_slots(held: Sequence[Slot], group: Sequence[StoredSegment]) -> tuple[TileSlot, ...]:
    """The slots with the limbs that some file holds: between those of two segments there may be some that neither
    needed."""
    limbs = {
        slot.name: tuple(sorted({limb for item in group for limb in item.slots[slot.name]}))
        for slot in held
        if slot.is_in_limbs
    }
    return tuple(tile_slot(slot, limbs) for slot in held)


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
) -> dict[Range, list[Slot]]:
    """The ranges to build from the source, each with the slots that are missing there: one scan a range."""
    missing: dict[Range, list[Slot]] = {}
    for slot in slots:
        covered = [(item.start, item.end) for item in segments if slot.name in item.slots]
        for gap in uncovered(start, end, covered):
            missing.setdefault(gap, []).append(slot)
    return missing
