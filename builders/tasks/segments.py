"""Building segments: one scan of the source, one Parquet file per segment; and bases and larger ones, from segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from builders.answers import BuildBase
from builders.engine import BuiltSegment, SegmentTask, StoredTiles
from builders.plan import BuildTiles, ReadSource, TileSlot
from builders.sql.ast import between, column, select
from builders.sql.render import render_statement
from builders.sql.tiles import HOP_START
from builders.tasks.database import Database, single_row
from builders.tasks.tiles import count_tiles, tile_counts
from builders.tile_table import TileTable

_BUILT = "built"


def build_segments(
    database: Database, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
) -> list[BuiltSegment]:
    """Reduce the source to tiles once, then write each task's range of them, sorted by entity and time."""
    tiles = BuildTiles(f"built_{read.table.label}", read, slots)
    database.hold(_BUILT, render_statement(database.dialect, tiles))
    return [_write(database, read, slots, task) for task in tasks]


def build_base(database: Database, plan: BuildBase, file: Path) -> StoredTiles:
    """The combined tiles in one file, sorted by entity."""
    keys = plan.tiles.table.keys
    database.write(render_statement(database.dialect, plan), keys, file)
    return count_tiles(database, keys, file)


def compact_segments(
    database: Database, table: TileTable, columns: Sequence[str], files: Sequence[Path], target: Path
) -> StoredTiles:
    """The tiles of all files in one, sorted as every segment is."""
    held = database.dialect.read_segments(tuple(map(str, files)))
    tiles = select(*map(column, (*table.keys, HOP_START, *columns))).from_(held, copy=False)
    database.write(tiles, (*table.keys, HOP_START), target)
    return count_tiles(database, table.keys, target)


def _write(database: Database, read: ReadSource, slots: tuple[TileSlot, ...], task: SegmentTask) -> BuiltSegment:
    keys = read.table.keys
    within = between(column(HOP_START), task.start, task.end)
    stored = [*keys, HOP_START, *(item.name for held in slots for item in held.columns)]
    tiles = select(*map(column, stored)).from_(_BUILT, copy=False).where(*within, copy=False)
    size = database.write(tiles, (*keys, HOP_START), task.file)
    counts = [*tile_counts(keys), *(exp.Sum(this=column(item.name)) for item in read.measures)]
    measured = select(*counts).from_(_BUILT, copy=False).where(*(item.copy() for item in within), copy=False)
    rows, found, *totals = single_row(database, measured)
    named = {item.name: int(total or 0) for item, total in zip(read.measures, totals, strict=True)}
    return BuiltSegment(task, slots, int(rows), int(found), size, named)
