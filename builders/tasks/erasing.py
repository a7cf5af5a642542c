"""Finding and leaving out the tiles of some entities, in the files that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlglot import exp

from builders.engine import ErasedKey, StoredTiles
from builders.layout import buckets_of, list_files
from builders.sql.ast import negated, select, text
from builders.sql.tiles import HOP_START
from builders.sql.words import digest_of_key, has_key
from builders.tasks.database import Database, single_number
from builders.tasks.tiles import count_tiles


def erase_entities(database: Database, path: Path, key: Mapping[str, str], folder: Path) -> StoredTiles | None:
    """The other entities' tiles, in the order that they have. Of buckets, those that do not hold it are not written
    again: both segments have them, and each its own name for them."""
    keys = _key_columns(database, path)
    if not key.keys() <= set(keys):
        return None
    holding = [file for file in list_files(path) if _holds(database, file, key)]
    if not holding:
        return None
    target = folder / path.name
    if buckets_of(path):
        target.mkdir()
    for held in list_files(path):
        written = target / held.name if buckets_of(path) else target
        if held in holding:
            tiles = select("*").from_(database.dialect.read_segments((str(held),)), copy=False)
            others = tiles.where(negated(has_key(key)), copy=False)
            database.write(others, (*keys, HOP_START), written)
        else:
            written.hardlink_to(held)
    return count_tiles(database, keys, target)


def _holds(database: Database, file: Path, key: Mapping[str, str]) -> bool:
    held = database.dialect.read_segments((str(file),))
    found = select(exp.Count(this=exp.Star())).from_(held, copy=False).where(has_key(key), copy=False)
    return single_number(database, found) > 0


def find_erased(database: Database, paths: Sequence[Path], erased: Sequence[ErasedKey]) -> dict[int, int]:
    """Tiles by the number of the erasure that their entity's key has the digest of."""
    found: dict[int, int] = {}
    for path in paths:
        keys = _key_columns(database, path)
        for item in erased:
            if set(item.names) <= set(keys):
                held = database.dialect.read_segments((str(path),))
                tiles = select(exp.Count(this=exp.Star())).from_(held, copy=False)
                count = single_number(database, tiles.where(_has_digest(item), copy=False))
                if count:
                    found[item.number] = found.get(item.number, 0) + count
    return found


def _key_columns(database: Database, path: Path) -> list[str]:
    """The columns of a segment that hold its entities' keys."""
    held = database.dialect.read_segments((str(path),))
    names = list(database.columns(select("*").from_(held, copy=False)))
    return names[: names.index(HOP_START)]


def _has_digest(erased: ErasedKey) -> exp.Expression:
    return exp.EQ(this=digest_of_key(erased.names, erased.salt), expression=text(erased.digest))
