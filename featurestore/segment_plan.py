"""Which segments to build: what is missing or stale, cut into ranges, as few scans as possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from builders.coverage import Range, uncovered
from builders.slots import Slot
from builders.tile_table import TileTable
from definitions.durations import BEGINNING, DAY, floor_to_hop
from featurestore.registry.segments import Segment

SEGMENT_SPAN: Final = 30 * DAY
"""About how long (microseconds) a segment of history is: what a late row makes us build again."""


@dataclass(frozen=True)
class Build:
    """One scan: slots over adjoining segment ranges."""

    slots: tuple[Slot, ...]
    ranges: tuple[Range, ...]


def plan_builds(
    table: TileTable,
    wanted: tuple[Slot, ...],
    known: tuple[Slot, ...],
    current: Sequence[Segment],
    stale: Sequence[Segment],
    within: Range,
    instants: Iterable[Range],
    since: Mapping[str, int],
    held: Sequence[Range] = (),
) -> list[Build]:
    """What to scan the source for: stale segments with the slots they hold that any view still needs, and what wanted
    slots do not have of the time up to the end of `within`, cut where segments begin, as far as it reaches into it and
    beyond the instant `since` which the slot's tiles are kept; nothing of the ranges that are `held` back."""
    start_within, end = within
    cuts = segment_cuts(table, instants, end)
    pieces: dict[Range, set[Slot]] = {}
    by_name = {slot.name: slot for slot in known}
    for segment in stale:
        needed = {by_name[name] for name in segment.slots if name in by_name}
        for piece in cut(segment.start, segment.end, cuts):
            pieces.setdefault(piece, set()).update(needed)
    for slot in wanted:
        covered = [(item.start, item.end) for item in current if slot.name in item.slots]
        for start, stop in uncovered(BEGINNING, end, (*covered, *held)):
            for piece in cut(start, stop, cuts):
                if piece[1] > max(start_within, since.get(slot.name, BEGINNING)):
                    pieces.setdefault(piece, set()).add(slot)
    builds: list[Build] = []
    for piece in sorted(piece for piece, slots in pieces.items() if slots):
        slots = tuple(sorted(pieces[piece], key=lambda slot: slot.name))
        if builds and builds[-1].slots == slots and builds[-1].ranges[-1][1] == piece[0]:
            builds[-1] = Build(slots, (*builds[-1].ranges, piece))
        else:
            builds.append(Build(slots, (piece,)))
    return builds


def segment_cuts(table: TileTable, instants: Iterable[Range], end: int) -> list[int]:
    """Where segments begin: on a grid of about `SEGMENT_SPAN` that fits the hop, and only where there is data."""
    if table.hop == 0:
        return []
    span = segment_span(table)
    cells = {floor_to_hop(instant, span) for instants_of_day in instants for instant in instants_of_day}
    return sorted(cell for cell in cells if cell < end)


def segment_span(table: TileTable) -> int:
    """The cell of that grid: `SEGMENT_SPAN` or the next multiple of the hop."""
    hop = table.hop or 1
    return -(-SEGMENT_SPAN // hop) * hop


def cut(start: int, end: int, cuts: Sequence[int]) -> list[Range]:
    """`[start, end)` in pieces that end where `cuts` say; the first piece reaches back over what has no data."""
    inner = [place for place in cuts if start < place < end]
    if start <= BEGINNING:
        # Nothing lies before the first cut, so it needs no segment of its own.
        inner = inner[1:]
    places = [start, *inner, end]
    return list(pairwise(places))
