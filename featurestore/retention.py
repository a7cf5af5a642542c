"""Retention: tiles that no view keeps any longer are dropped and not built again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builders.request import RequestedColumn
from builders.tile_table import TileTable
from definitions.durations import BEGINNING
from featurestore.context import Context
from featurestore.registry.leases import Lease
from featurestore.registry.segments import Segment

Kept = Mapping[str, int | None]
"""By a slot's name how long (microseconds) before the newest boundary its tiles are kept; None is for ever."""


def kept_of(columns: Sequence[RequestedColumn]) -> dict[TileTable, Kept]:
    """How long each slot of each tile table is kept: as long as any of the views that need it says, counted back from
    the boundary of that view, which its delay puts behind that of others."""
    kept: dict[TileTable, dict[str, int | None]] = {}
    for column in columns:
        view = column.view
        keep = None if view.keep is None else view.keep.microseconds + view.delay.microseconds
        of_table = kept.setdefault(column.table, {})
        for asked in column.slot_windows:
            longest = of_table.get(asked.slot.name, keep)
            of_table[asked.slot.name] = None if keep is None or longest is None else max(keep, longest)
    return dict(kept)


def kept_since(kept: Kept, current: Sequence[Segment], end: int) -> dict[str, int]:
    """The instant from which on each slot's tiles are kept, counted back from `end` or from the newest tiles."""
    newest = max((segment.end for segment in current), default=end)
    return {name: BEGINNING if keep is None else max(end, newest) - keep for name, keep in kept.items()}


def drop_expired(context: Context, lease: Lease, table: TileTable, since: Mapping[str, int]) -> int:
    """Drop the segments that lie before `since` for every slot in them that a view needs; returns how many.

    A segment goes as a whole, so that tiles are kept at most a segment's length longer than views say. `vacuum` deletes
    the files.
    """
    expired = [
        segment
        for segment in context.registry.segments.current(table.name)
        if any(name in since for name in segment.slots)
        and all(segment.end <= since.get(name, segment.end) for name in segment.slots)
    ]
    if expired:
        removed = [segment.id for segment in expired]
        context.registry.segments.swap(lease, table.name, removed, (), context.clock.now())
    return len(expired)
