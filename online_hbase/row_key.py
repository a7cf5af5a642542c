"""Row keys: where an entity's row of a generation lies in the table (`table_layout` has the picture)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from definitions.errors import RequestError
from online_hbase.table_layout import ABOUT

_SHELF: Final = struct.Struct(">BIH")
"""Prefix, generation, incarnation."""
_WHOLE, _HASHED = b"\x00", b"\x01"
_LONGEST: Final = 1024
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
        if not key:
            raise RequestError("an online row has an empty key; keys are made by encode_key")
        start = _SHELF.pack(crc32(key) % self.prefixes, self.generation, self.incarnation)
        if len(key) <= _LONGEST:
            return start + _WHOLE + key
        return start + _HASHED + hashlib.sha256(key).digest()

    def ranges(self) -> list[tuple[bytes, bytes]]:
        """The ranges of rows that it has, the ends excluded; one a prefix."""
        return [
            (self._start(prefix, self.incarnation), self._start(prefix, self.incarnation + 1))
            for prefix in range(self.prefixes)
        ]

    def earlier_ranges(self) -> list[tuple[bytes, bytes]]:
        """The ranges of all incarnations before it."""
        return [(self._start(prefix, 0), self._start(prefix, self.incarnation)) for prefix in range(self.prefixes)]

    def _start(self, prefix: int, incarnation: int) -> bytes:
        return _SHELF.pack(prefix, self.generation, incarnation)


def key_in_row(row: bytes) -> bytes | None:
    """The key that a row key holds; None if the value holds it."""
    form = row[_SHELF.size : _SHELF.size + 1]
    return row[_SHELF.size + 1 :] if form == _WHOLE else None


def is_about(row: bytes) -> bool:
    """Whether a row is about the table, no entity's."""
    return row.startswith(ABOUT)
