"""How many tiles there are, and of how many entities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from builders.engine import StoredTiles
from builders.sql.ast import call, select
from builders.tasks.database import Database, single_row
from builders.tasks.spine import one_value


def count_tiles(database: Database, keys: Sequence[str], file: Path) -> StoredTiles:
    """What a file of tiles holds, by its entities' key columns."""
    query = select(*tile_counts(keys)).from_(database.dialect.read_segments((str(file),)), copy=False)
    rows, entities = single_row(database, query)
    return StoredTiles(int(rows), int(entities), file.stat().st_size)


def tile_counts(keys: Sequence[str]) -> list[exp.Expression]:
    """How many tiles there are, and about how many entities."""
    return [exp.Count(this=exp.Star()), call("approx_count_distinct", one_value(keys))]
