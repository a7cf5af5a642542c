"""Up to which boundary a view can be published: where every window is stored in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builders.coverage import Range, uncovered
from builders.request import RequestedColumn
from builders.tile_table import TileTable
from definitions.durations import BEGINNING
from featurestore.clock import format_range
from featurestore.registry.segments import Segment

Tables = Mapping[TileTable, tuple[Segment, ...]]


@dataclass(frozen=True)
class ReadyBoundary:
    """`boundary` (UTC microseconds) is None where nothing can be published; `gap` tells in words what is missing
    before tiles that are stored, and is empty where nothing is."""

    boundary: int | None
    gap: str


def ready_boundary(columns: Sequence[RequestedColumn], tables: Tables, boundary: int) -> ReadyBoundary:
    """The latest boundary up to `boundary` at which all tiles that the columns' windows see are stored.

    A column over all history needs them from the beginning on; one over a week needs those of that week.
    """
    gap = ""
    while (missing := next(_missing(columns, tables, boundary), None)) is not None:
        table, (start, end) = missing
        if not gap and table.hop != 0 and end < boundary:
            gap = f"tiles of {table.label} are missing {format_range(start, end)}; materialize that range too"
        if start <= BEGINNING:
            return ReadyBoundary(None, gap)
        boundary = start
    return ReadyBoundary(boundary, gap)


def _missing(columns: Sequence[RequestedColumn], tables: Tables, boundary: int) -> Iterator[tuple[TileTable, Range]]:
    """For each slot of which something is missing in a window, the last gap in it."""
    for column in columns:
        table = column.table
        for asked in column.slot_windows:
            covered = [(item.start, item.end) for item in tables[table] if asked.slot.name in item.slots]
            start = BEGINNING if asked.reach is None else boundary - asked.reach
            gaps = uncovered(BEGINNING, BEGINNING + 1 if table.hop == 0 else boundary, covered)
            if gaps and (gaps[-1][1] > start or table.hop == 0):
                yield table, gaps[-1]
