"""Row keys: where an entity's row of a generation lies in the table (`table_layout` has the picture)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zlib import crc32

from definitions.errors import RequestError

_SHELF: Final = struct.Struct(">BIH")
"""Prefix, generation, incarnation."""
_WHOLE, _HASHED = b"\x00", b"\x01"
LONGEST: Final = 1024
"""Bytes of the longest key that stands in a row key as it is. HBase takes 32,767, and writes them with each cell."""


@dataclass(frozen=True)
class Shelf:
    """Where the rows of one incarnation of a generation lie, under each of the table's prefixes."""

    generation: int
    incarnation: int
    prefixes: int

    def row_of(self, key: bytes) -> bytes:
        """An entity's row. A key that is too long is there by its SHA-256, and its value holds it whole.

        Raises:
            RequestError: the key is empty.
        """
        start = self._starts[crc32(key) % self.prefixes]
        if not 0 < len(key) <= LONGEST:
            if not key:
                raise RequestError("an online row has an empty key; keys are made by encode_key")
            return start + _HASHED + hashlib.sha256(key).digest()
        return start + _WHOLE + key

    def ranges(self) -> list[tuple[bytes, bytes]]:
        """The ranges of rows that it has, the ends excluded; one a prefix."""
        return list(zip(self._starts, self._starts_of(self.incarnation + 1), strict=True))

    def earlier_ranges(self) -> list[tuple[bytes, bytes]]:
        """The ranges of all incarnations before it."""
        return list(zip(self._starts_of(0), self._starts, strict=True))

    @cached_property
    def _starts(self) -> list[bytes]:
        return self._starts_of(self.incarnation)

    def _starts_of(self, incarnation: int) -> list[bytes]:
        return [_SHELF.pack(prefix, self.generation, incarnation) for prefix in range(self.prefixes)]


def key_in_row(row: bytes) -> bytes | None:
    """The key that a row key holds; None if the value holds it."""
    form = row[_SHELF.size : _SHELF.size + 1]
    return row[_SHELF.size + 1 :] if form == _WHOLE else None
