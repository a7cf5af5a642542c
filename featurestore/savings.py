"""What retiring feature columns frees: tiles that nobody else needs, and online rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from builders.request import RequestedColumn, needed_slots
from builders.tile_table import TileTable
from featurestore.context import Context
from featurestore.registry.runs import Run
from featurestore.resolve import Applied

RECENT_RUNS: Final = 500
"""How far back runs are looked through for the last that built a tile table."""


@dataclass(frozen=True, slots=True)
class FreedTiles:
    """What nobody else needs of a tile table: `slots`, and about so many `bytes` of its files, which hold them beside
    others; all of the files if it is `whole`. `seconds` took the last run that built it, with whatever else it did."""

    tile_table: str
    slots: tuple[str, ...]
    bytes: int
    whole: bool
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Savings:
    """What retiring frees: tiles, and online rows by the name that the view has online."""

    tiles: tuple[FreedTiles, ...]
    online_rows: tuple[tuple[str, int], ...]

    @property
    def bytes(self) -> int:
        return sum(freed.bytes for freed in self.tiles)


def find_savings(context: Context, applied: Applied, columns: Collection[str]) -> Savings:
    """What is free once nobody asks for `columns`, references such as `view:column` or `view@2:column`."""
    views = {**applied.repository.feature_views, **applied.pinned_views()}
    gone: list[RequestedColumn] = []
    stay: list[RequestedColumn] = []
    emptied = []
    for name, view in views.items():
        requested = applied.view_columns(view)
        going = [column for column in requested if f"{name}:{column.name}" in columns]
        gone += going
        stay += [column for column in requested if column not in going]
        if len(going) == len(requested):
            emptied.append(name)
    return Savings(
        tuple(_freed_tiles(context, tuple(gone), tuple(stay))),
        tuple(_online_rows(context, emptied)),
    )


def _freed_tiles(
    context: Context, gone: tuple[RequestedColumn, ...], stay: tuple[RequestedColumn, ...]
) -> Iterator[FreedTiles]:
    kept = {table: {slot.name for slot in slots} for table, slots in needed_slots(stay).items()}
    runs = context.registry.runs.recent(RECENT_RUNS)
    for table, slots in needed_slots(gone).items():
        freed = tuple(slot.name for slot in slots if slot.name not in kept.get(table, ()))
        if freed:
            is_whole = table not in kept
            size = _bytes(context, table, freed, is_whole)
            yield FreedTiles(table.label, freed, size, is_whole, seconds_of_last_build(runs, table.label))


def _bytes(context: Context, table: TileTable, freed: tuple[str, ...], is_whole: bool) -> int:
    """The share of each file that these slots' columns have, by their number."""
    size = 0.0
    for segment in context.registry.segments.current(table.name):
        columns = {name: len(physical) for name, physical in segment.slots.items()}
        share = sum(columns.get(name, 0) for name in freed) / max(sum(columns.values()), 1)
        size += segment.bytes if is_whole else segment.bytes * share
    return round(size)


def seconds_of_last_build(runs: Collection[Run], table: str) -> float | None:
    """How long the last run took that built tiles of a table (its label); None where none of the recent ones did."""
    for run in runs:
        tables = (run.outcome or {}).get("tables", ()) if run.kind in ("materialize", "build") else ()
        if run.finished_at is not None and any(label == table and built for label, built, *_ in tables):
            return (run.finished_at - run.started_at) / 1_000_000
    return None


def _online_rows(context: Context, views: Collection[str]) -> Iterator[tuple[str, int]]:
    for name in views:
        generation = context.registry.generations.current(name)
        if generation is not None:
            yield name, context.online().count(generation.id)
