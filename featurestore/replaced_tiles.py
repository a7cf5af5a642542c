"""Which tiles are no more what a publish saw, and what stands in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builders.coverage import Range, merge_ranges
from builders.tile_table import TileTable
from featurestore.ready_boundary import Tables
from featurestore.registry.segments import Segment


def replaced_tiles(before: Tables, after: Tables, reach: Mapping[TileTable, Sequence[Range]]) -> tuple[Tables, Tables]:
    """The segments in reach whose tiles are no more what they were, and what stands in their place. What was only
    compacted is the same tiles; where it was compacted with a change, either side has all that the other has."""
    old, new = {}, {}
    for table, now in after.items():
        then = before.get(table, ())
        kept = {leaf for item in now for leaf in item.leaves}
        gone = [item for item in then if not item.leaves <= kept and _overlaps(item, reach[table])]
        changed = _whole([(item.start, item.end) for item in gone], [*then, *now])
        old[table], new[table] = (
            tuple(item for item in side if item not in other and _overlaps(item, changed))
            for side, other in ((then, now), (now, then))
        )
    return old, new


def _whole(ranges: Sequence[Range], segments: Sequence[Segment]) -> list[Range]:
    """The ranges with all of every segment that reaches into them."""
    found = merge_ranges(ranges)
    while (wider := merge_ranges([*found, *((s.start, s.end) for s in segments if _overlaps(s, found))])) != found:
        found = wider
    return found


def _overlaps(segment: Segment, ranges: Sequence[Range]) -> bool:
    return any(segment.start < end and start < segment.end for start, end in ranges)
