"""How many tiles there are, and of how many entities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from builders.engine import StoredTiles
from builders.layout import count_bytes
from builders.sql.ast import select
from builders.tasks.database import Database, single_row
from builders.tasks.spine import one_value


def count_tiles(database: Database, keys: Sequence[str], path: Path) -> StoredTiles:
    """What a segment holds, by its entities' key columns."""
    query = select(*tile_counts(keys)).from_(database.dialect.read_segments((str(path),)), copy=False)
    rows, entities = single_row(database, query)
    return StoredTiles(path, int(rows), int(entities), count_bytes(path))


def tile_counts(keys: Sequence[str]) -> list[exp.AggFunc]:
    """How many tiles there are, and about how many entities."""
    return [exp.Count(this=exp.Star()), exp.ApproxDistinct(this=one_value(keys))]
