"""The entity layout: where the tiles of an entity are, so that what meets them finds them in place.

Tiles are spread over buckets by a hash of the entity's keys: all tiles of one entity, of whatever table and segment,
are in buckets of one number. An engine that works in many tasks reads a bucket in one of them, and moves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from definitions.model import Entity
from definitions.types import DataType

TILES_FILE: Final = "tiles.parquet"
"""A segment's only file, where its tiles are not spread over buckets."""

_FEW: Final = 1_000_000

_FOLDER: Final = re.compile(r"tiles_in_(\d+)_buckets")


@dataclass(frozen=True)
class EntityLayout:
    """Rows are in a bucket by the hash of `keys`, in this order and of these types; there are so many `buckets`."""

    keys: tuple[str, ...]
    types: tuple[DataType, ...]
    buckets: int

    @property
    def folder(self) -> str:
        """What a folder of such buckets is called."""
        return f"tiles_in_{self.buckets}_buckets"

    def holds(self, path: str | Path) -> bool:
        """Whether a segment's tiles are in these buckets."""
        return buckets_of(path) == self.buckets


def layout_of(entity: Entity) -> EntityLayout:
    """The layout of all tile tables of an entity."""
    return EntityLayout(tuple(entity.keys), tuple(entity.keys.values()), entity.buckets)


def are_few(rows: float) -> bool:
    """Whether so many rows of a few columns fit any task's memory, some 50 MB: they are sent to every task rather than
    rows moved to meet them, and put into a hash table rather than sorted."""
    return rows <= _FEW


def key_column(name: str) -> str:
    """The column of an entity dataframe that holds an entity key in the key's own type."""
    return f"__key_{name}"


def as_of_key(position: int) -> str:
    """The column of a part of the key by which rows meet what was known at their instant."""
    return f"__key_{position}"


def bucket_file(bucket: int) -> str:
    """The file of one bucket; engines read its number from the name."""
    return f"bucket_{bucket:05d}.parquet"


def buckets_of(path: str | Path) -> int | None:
    """Over how many buckets a segment's tiles are spread, by the name of its folder; None of a single file."""
    named = _FOLDER.fullmatch(Path(path).name)
    return int(named[1]) if named else None


def list_files(path: Path) -> list[Path]:
    """The files of a segment: its only one, or one a bucket."""
    buckets = buckets_of(path)
    return [path] if buckets is None else [path / bucket_file(bucket) for bucket in range(buckets)]


def segment_of(file: Path) -> Path:
    """The segment that a file is of: itself, or its folder of buckets."""
    return file.parent if buckets_of(file.parent) else file


def count_bytes(path: Path) -> int:
    """The bytes of a segment's files.

    Raises:
        FileNotFoundError: one of them is missing.
    """
    return sum(file.stat().st_size for file in list_files(path))
