"""How many rows a source has for tiles, for nobody, or for some entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from builders.plan import ReadSource
from builders.sql.ast import column, select
from builders.sql.render import render_statement
from builders.sql.source_rows import over_rows, read_types, rows_between, with_dimensions
from builders.sql.words import has_key
from builders.tasks.database import Database, single_number


def count_source_rows(database: Database, read: ReadSource) -> int:
    """Rows of the range that go into tiles: those with a whole key, after `dedupe`."""
    return single_number(database, _counted(database, read))


def count_entity_rows(database: Database, read: ReadSource, key: Mapping[str, str]) -> int:
    """Rows of the range that are of the entities with these parts in their key."""
    return single_number(database, _counted(database, read).where(has_key(key), copy=False))


def count_null_keys(database: Database, read: ReadSource) -> int:
    """Rows of the range that no entity has, because a part of the key is null."""
    dialect, keyed = database.dialect, replace(read, slots=(), measures=(), key_filter=None)
    nulls = exp.or_(*(exp.Is(this=column(held), expression=exp.Null()) for held in read.table.key_columns))
    rows = rows_between(dialect, read.table.source, read.files, read_types(keyed), (read.start, read.end))
    query = over_rows(dialect, select(exp.Count(this=exp.Star())), rows, keyed.dimensions, [nulls])
    return single_number(database, with_dimensions(dialect, query, keyed.dimensions))


def _counted(database: Database, read: ReadSource) -> exp.Select:
    rows = render_statement(database.dialect, read).subquery("rows", copy=False)
    return select(exp.Count(this=exp.Star())).from_(rows, copy=False)
