"""What crosses when tiles are built: rows of the source, or what each task has added up of them before.

Rows cross once, to the bucket of their key, and are added up there. Spark can add up before it moves anything, but
then by key and hop, so that tiles have to move once more, to their buckets: two exchanges of less. They are worth it
where many rows make one tile, and where one key has so many rows that one task would be at work alone
(docs/decisions/0015 has what was measured).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from builders.layout import layout_of
from builders.plan import BuildTiles, ReadSource
from builders.request import RelationFiles
from builders.sql.ast import alias, call, column, number, select
from builders.sql.monoids import INSTANT
from builders.sql.render import render_statement
from builders.sql.words import floor_to_hop
from builders.tasks.database import Database, single_row

_FEW_ROWS: Final = 1_000_000
"""Of fewer rows it does not matter what crosses, and looking would cost more."""

_DENSE: Final = 8.0
"""From so many rows a tile on, in one file, adding up first is faster: measured between 3 and 11."""

_SKEWED: Final = 3.0
"""From so many times the rows of an even bucket on, one key makes a task the last by far; a guess, not measured."""


@dataclass(frozen=True)
class Density:
    """Of one file of a source: how many of its rows make a tile, and which share of them the most frequent key has."""

    rows_per_tile: float
    largest_share: float


def adds_up_first(database: Database, tiles: BuildTiles) -> bool:
    """Whether partial aggregates should cross instead of rows, by a look at one file: a task sees no more than that."""
    if tiles.table.hop is None or tiles.source.files.rows < _FEW_ROWS:
        return False
    found = measure_density(database, tiles.source)
    share = found.largest_share * layout_of(tiles.table.entity).buckets
    return found.rows_per_tile >= _DENSE or (share >= _SKEWED and found.rows_per_tile > 1.0)


def measure_density(database: Database, read: ReadSource) -> Density:
    """Look at the middle file of the source's first member."""
    bare = replace(read, files=_middle(read.files), slots=(), key_filter=None, measures=(), layout=None)
    hop = read.table.hop
    instant = column(INSTANT)
    tile = floor_to_hop(instant, hop) if hop else number(0)
    keys = list(map(column, read.table.keys))
    by_key = select(
        alias(exp.Count(this=exp.Star()), "rows"), alias(call("approx_count_distinct", tile), "tiles")
    ).from_(render_statement(database.dialect, bare).subquery("read", copy=False), copy=False)
    by_key = by_key.group_by(*keys, copy=False)
    totals = [exp.Sum(this=column("rows")), exp.Sum(this=column("tiles")), exp.Max(this=column("rows"))]
    rows, found, largest = single_row(database, select(*totals).from_(by_key.subquery("keys", copy=False), copy=False))
    return Density(float(rows) / float(found), float(largest) / float(rows)) if rows else Density(0.0, 0.0)


def _middle(files: RelationFiles) -> RelationFiles:
    """The same relation with one file in its first member and none in the others."""
    first, *others = files.members
    kept = first.files[len(first.files) // 2 : len(first.files) // 2 + 1]
    return replace(files, members=(replace(first, files=kept), *(replace(other, files=()) for other in others)))
