"""Building segments: one scan of the source for all of them; and bases and larger ones, from segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from builders.answers import BuildBase
from builders.engine import BuiltSegment, SegmentTask, StoredTiles
from builders.layout import EntityLayout, bucket_file, buckets_of, count_bytes, layout_of
from builders.plan import BuildTiles, ReadSource, TileSlot
from builders.sql.ast import column, select
from builders.sql.render import render_statement
from builders.sql.tiles import HOP_START
from builders.tasks.database import Database
from builders.tasks.tiles import count_tiles, tile_counts
from builders.tile_table import TileTable


def build_segments(
    database: Database, read: ReadSource, slots: tuple[TileSlot, ...], tasks: Sequence[SegmentTask]
) -> list[BuiltSegment]:
    """Reduce the source to tiles once, and write each task's range of them."""
    tiles = BuildTiles(f"built_{read.table.label}", read, slots)
    totals = [*tile_counts(read.table.keys), *(exp.Sum(this=column(item.name)) for item in read.measures)]
    built = []
    for task, (path, (rows, entities, *sums)) in zip(tasks, database.write_segments(tiles, tasks, totals), strict=True):
        measures = {item.name: int(total or 0) for item, total in zip(read.measures, sums, strict=True)}
        built.append(BuiltSegment(task, path, slots, int(rows), int(entities), count_bytes(path), measures))
    return built


def build_base(database: Database, plan: BuildBase, folder: Path) -> StoredTiles:
    """The combined tiles, one an entity."""
    table = plan.tiles.table
    path = database.write_tiles(render_statement(database.dialect, plan), layout_of(table.entity), folder)
    return count_tiles(database, table.keys, path)


def compact_segments(
    database: Database, table: TileTable, columns: Sequence[str], paths: Sequence[Path], folder: Path
) -> StoredTiles:
    """The tiles of all segments in one; where all are spread over the same buckets, it is too."""
    layout = layout_of(table.entity)

    def tiles(of: Sequence[Path], placed: EntityLayout | None) -> exp.Query:
        held = database.dialect.read_segments(tuple(map(str, of)), layout=placed)
        return select(*map(column, (*table.keys, HOP_START, *columns))).from_(held, copy=False)

    (buckets, *others) = {buckets_of(path) for path in paths}
    if database.spreads_tiles or others or buckets is None:
        written = database.write_tiles(tiles(paths, layout), layout, folder)
    else:
        written = folder / paths[0].name
        written.mkdir()
        for bucket in map(bucket_file, range(buckets)):
            query = tiles([path / bucket for path in paths], None)
            database.write(query, (*table.keys, HOP_START), written / bucket)
    return count_tiles(database, table.keys, written)
