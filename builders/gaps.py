"""What a frame has to read from sources, because no segment holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builders.coverage import Range, merge_ranges
from builders.passes.group_requests import group_requests, needed_range, slots_of_tables
from builders.passes.plan_tiles import missing_ranges
from builders.request import RequestedColumn, SpineShape, StoredSegment
from builders.tile_table import TileTable


def find_gaps(
    columns: Sequence[RequestedColumn], shape: SpineShape, segments: Mapping[TileTable, Sequence[StoredSegment]]
) -> dict[TileTable, list[Range]]:
    """The ranges of each tile table that some slot of the columns needs and no segment holds; tables without are not
    in it. A frame's plan reads sources there and nowhere else."""
    groups = tuple(group_requests(columns, {column.name: column.slot_windows for column in columns}).values())
    found: dict[TileTable, list[Range]] = {}
    for table, slots in slots_of_tables(groups).items():
        start, end = needed_range([group for group in groups if group.table == table], shape)
        held = [item for item in segments.get(table, ()) if item.start < end and start < item.end]
        if gaps := merge_ranges(list(missing_ranges(held, slots, start, end))):
            found[table] = gaps
    return found
