"""What crosses when tiles are built: rows of the source, or what each task has added up of them before.

Rows cross once, to the bucket of their key, and are added up there. Spark can add up before it moves anything, but
then by key and hop, so that tiles have to move once more, to their buckets: two exchanges of less. They are worth it
where many rows make one tile. Where an entity has so many rows that the task of its bucket would be the last by far,
they are worth it for this entity alone; the rows of all others cross (docs/decisions/0015 has what was measured).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from builders.layout import EntityLayout
from builders.plan import BuildTiles, FrequentEntities, ReadSource
from builders.spark.some_files import middle_stretch
from builders.sql.ast import alias, call, cast, column, number, select
from builders.sql.monoids import INSTANT
from builders.sql.render import render_statement
from builders.sql.words import floor_to_hop
from builders.tasks.database import Database, single_row
from definitions.durations import DAY
from definitions.types import STRING

_FEW_ROWS: Final = 1_000_000
"""Of fewer rows it does not matter what crosses, and looking would cost more."""

_DENSE: Final = 8.0
"""From so many rows a tile on, in one file, adding up first is faster: measured between 3 and 11."""

_SKEWED: Final = 2.0
"""An entity with so many times the rows of an even bucket is frequent: beside the others of its bucket, its task would
have three times the rows of the median one."""

_FEWER: Final = 2.0
"""How many rows a tile of a frequent entity must stand for: of fewer, adding up first moves as much."""

_MOST_FREQUENT: Final = 100
"""How many entities a condition names; there are no more than buckets that `_SKEWED` goes into."""


@dataclass(frozen=True)
class Density:
    """Of some rows of a source: how many there are, how many make a tile, and which share the most frequent key has."""

    rows: int
    rows_per_tile: float
    largest_share: float


def parts_by_what_crosses(database: Database, tiles: BuildTiles, layout: EntityLayout) -> tuple[BuildTiles, ...]:
    """The same tiles in one part or two, by a look at some rows of one file: where rows cross, the source
    has the layout; where sums do, it has none."""
    crossing = replace(tiles, source=replace(tiles.source, layout=layout))
    if tiles.table.hop is None or tiles.source.files.rows < _FEW_ROWS:
        return (crossing,)
    by_key = count_by_key(database, tiles.source)
    found = measure_density(database, by_key)
    if found.rows_per_tile >= _DENSE:
        return (tiles,)
    if found.largest_share * layout.buckets < _SKEWED:
        return (crossing,)
    frequent = find_frequent(database, by_key, tiles.table.keys, int(found.rows * _SKEWED / layout.buckets))
    if not frequent:
        return (crossing,)
    return _of(crossing, FrequentEntities(frequent, alone=False)), _of(tiles, FrequentEntities(frequent, alone=True))


def measure_density(database: Database, by_key: exp.Select) -> Density:
    """What `count_by_key` finds, put together."""
    totals = [exp.Sum(this=column("rows")), exp.Sum(this=column("tiles")), exp.Max(this=column("rows"))]
    counted = select(*totals).from_(by_key.copy().subquery("keys", copy=False), copy=False)
    rows, found, largest = (float(value or 0) for value in single_row(database, counted))
    return Density(int(rows), rows / found, largest / rows) if rows else Density(0, 0.0, 0.0)


def find_frequent(
    database: Database, by_key: exp.Select, names: Sequence[str], least: int
) -> tuple[tuple[str, ...], ...]:
    """The keys, in columns of these names, that have `least` rows, and fewer tiles by far; the most frequent first."""
    rows, tiles = column("rows"), column("tiles")
    keys = [alias(cast(column(key), STRING), key) for key in names]
    query = select(*keys).from_(by_key.copy().subquery("keys", copy=False), copy=False)
    many = exp.GTE(this=rows, expression=number(least))
    fewer = exp.GTE(this=rows.copy(), expression=exp.Mul(this=tiles, expression=number(_FEWER)))
    query = query.where(many, fewer, copy=False).order_by(exp.Ordered(this=rows.copy(), desc=True), copy=False)
    return tuple(tuple(map(str, row)) for row in database.rows(query.limit(_MOST_FREQUENT, copy=False)))


def count_by_key(database: Database, read: ReadSource) -> exp.Select:
    """The rows and about the tiles of each key in the middle of the middle file, as a task sees no more than one."""
    hop = read.table.hop or DAY
    files, (start, end) = middle_stretch(read.table.source, read.files, (read.start, read.end), hop)
    bare = replace(read, files=files, start=start, end=end, slots=(), key_filter=None, measures=(), layout=None)
    tile = floor_to_hop(column(INSTANT), hop)
    keys = list(map(column, read.table.keys))
    counted = [alias(exp.Count(this=exp.Star()), "rows"), alias(call("approx_count_distinct", tile), "tiles")]
    rows = render_statement(database.dialect, bare).subquery("read", copy=False)
    return select(*keys, *counted).from_(rows, copy=False).group_by(*(key.copy() for key in keys), copy=False)


def _of(tiles: BuildTiles, frequent: FrequentEntities) -> BuildTiles:
    """The tiles of the frequent entities alone, or of all others."""
    which = "frequent" if frequent.alone else "other"
    source = replace(tiles.source, name=f"{tiles.source.name}_of_{which}", frequent=frequent)
    return replace(tiles, name=f"{tiles.name}_of_{which}", source=source)
