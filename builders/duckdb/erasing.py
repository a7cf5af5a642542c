"""Finding and leaving out the tiles of some entities, in the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
from sqlglot import exp

from builders.duckdb import dialect
from builders.duckdb.segments import copy_tiles, count_tiles
from builders.engine import ErasedKey, StoredTiles
from builders.plan import ReadSource
from builders.sql.ast import all_of, call, column, select, text
from builders.sql.render import render_statement
from builders.sql.tiles import HOP_START


def erase_entities(
    connection: duckdb.DuckDBPyConnection, file: Path, key: Mapping[str, str], target: Path
) -> StoredTiles | None:
    """The other entities' tiles, in the order that they have."""
    keys = _key_columns(connection, file)
    if not key.keys() <= set(keys):
        return None
    held = dialect.read_segments((str(file),))
    found = select(exp.Count(this=exp.Star())).from_(held, copy=False).where(_is(key), copy=False)
    if not _number(connection, found):
        return None
    others = select("*").from_(held.copy(), copy=False).where(exp.Not(this=exp.Paren(this=_is(key))), copy=False)
    copy_tiles(connection, others.order_by(*map(column, keys), column(HOP_START), copy=False), target)
    return count_tiles(connection, keys, target)


def find_erased(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], erased: Sequence[ErasedKey]
) -> dict[int, int]:
    """Tiles by the number of the erasure that their entity's key has the digest of."""
    found: dict[int, int] = {}
    for file in files:
        keys = _key_columns(connection, file)
        for item in erased:
            if set(item.names) <= set(keys):
                tiles = select(exp.Count(this=exp.Star())).from_(dialect.read_segments((str(file),)), copy=False)
                count = _number(connection, tiles.where(_has_digest(item), copy=False))
                if count:
                    found[item.number] = found.get(item.number, 0) + count
    return found


def count_entity_rows(connection: duckdb.DuckDBPyConnection, read: ReadSource, key: Mapping[str, str]) -> int:
    """Rows of the range that are of these entities."""
    rows = render_statement(dialect, read).subquery("rows", copy=False)
    return _number(connection, select(exp.Count(this=exp.Star())).from_(rows, copy=False).where(_is(key), copy=False))


def _key_columns(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """The columns of a file of tiles that hold its entities' keys."""
    query = select("*").from_(dialect.read_segments((str(file),)), copy=False)
    names = [str(row[0]) for row in connection.execute(f"DESCRIBE {_sql(query)}").fetchall()]
    return names[: names.index(HOP_START)]


def _is(key: Mapping[str, str]) -> exp.Expression:
    """A text stands for a value of whatever type the column has."""
    return all_of(exp.EQ(this=column(name), expression=text(value)) for name, value in key.items())


def _has_digest(erased: ErasedKey) -> exp.Expression:
    salted: exp.Expression = text(erased.salt)
    for name in erased.names:
        for part in (text("\n"), exp.Cast(this=column(name), to=exp.DataType(this=exp.DataType.Type.TEXT))):
            salted = exp.DPipe(this=salted, expression=part, safe=True)
    return exp.EQ(this=call("sha256", salted), expression=text(erased.digest))


def _number(connection: duckdb.DuckDBPyConnection, query: exp.Query) -> int:
    return int(connection.execute(_sql(query)).fetchall()[0][0])


def _sql(query: exp.Query) -> str:
    return str(query.sql(dialect="duckdb", copy=False))
