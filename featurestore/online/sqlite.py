"""The embedded online store: one SQLite file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from definitions.errors import RequestError
from definitions.online_row import Loaded, OnlineRow
from featurestore.sqlite_files import Connection, ThreadConnections, connect

_ROWS_PER_TRANSACTION: Final = 5_000
_KEYS_PER_STATEMENT: Final = (1, 10, 100)
"""Reads come in these sizes only, padded, so that the connection's statement cache holds each one prepared."""
_MAPPED_BYTES: Final = 1 << 28
"""How much of the file is read through the page cache without copying: a third off a batch of 100."""

# BLOB keys compare byte by byte, and WITHOUT ROWID makes a look-up one descent of one tree.
_CREATE: Final = """
CREATE TABLE IF NOT EXISTS online_rows (
    generation INTEGER NOT NULL,
    key BLOB NOT NULL,
    boundary INTEGER NOT NULL,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (generation, key)
) WITHOUT ROWID
"""
_WRITE: Final = """
INSERT INTO online_rows (generation, key, boundary, version, value) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (generation, key) DO UPDATE
SET boundary = excluded.boundary, version = excluded.version, value = excluded.value
WHERE (excluded.boundary, excluded.version) >= (online_rows.boundary, online_rows.version)
"""
_READ: Final = {
    size: "SELECT key, boundary, version, value FROM online_rows WHERE generation = ? AND key IN "
    f"({', '.join('?' * size)})"
    for size in _KEYS_PER_STATEMENT
}
_PAGE_OF_KEYS: Final = "SELECT key FROM online_rows WHERE generation = ? AND key > ? ORDER BY key LIMIT ?"
_DROP_SOME: Final = """
DELETE FROM online_rows
WHERE generation = ?1 AND key IN (SELECT key FROM online_rows WHERE generation = ?1 LIMIT ?2)
"""


class SqliteOnlineStore:
    """An `OnlineStore` in the file `path`, which is made when missing.

    Each thread has its own connection, and a forked process makes new ones, so that reads never wait for each other
    nor for a writer; writers take turns, a batch of some thousand rows each.

    Raises:
        ConfigurationError: the file cannot be made or opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections = ThreadConnections(self._open)
        self._connections.get()

    def write(self, generation: int, rows: Iterable[OnlineRow]) -> int:
        """See `OnlineStore.write`; a batch of some thousand rows is atomic here."""
        connection = self._connections.get()
        taken = 0
        pending = iter(rows)
        # The rows are drawn before the lock is taken: an iterable that computes must not hold up other writers.
        while batch := [
            (generation, row.key, row.boundary, row.version, row.value)
            for row in islice(pending, _ROWS_PER_TRANSACTION)
        ]:
            if not all(row[1] for row in batch):
                raise RequestError("an online row has an empty key; keys are made by encode_key")
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(_WRITE, batch)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            taken += len(batch)
        return taken

    def load(self, generation: int, rows: Iterable[OnlineRow], expected: int) -> Loaded:
        """See `OnlineStore.load`; there is one way."""
        return Loaded(self.write(generation, rows))

    def overwrite(self, generation: int, rows: Sequence[OnlineRow]) -> None:
        """See `OnlineStore.overwrite`; a row has no other place here."""
        self.write(generation, rows)

    def read(self, generation: int, keys: Sequence[bytes]) -> list[OnlineRow | None]:
        """See `OnlineStore.read`."""
        execute = self._connections.get().execute
        found: dict[bytes, OnlineRow] = {}
        largest = _KEYS_PER_STATEMENT[-1]
        for start in range(0, len(keys), largest):
            part = keys[start : start + largest]
            size = next(size for size in _KEYS_PER_STATEMENT if size >= len(part))
            padding = (part[0],) * (size - len(part))
            for row in execute(_READ[size], (generation, *part, *padding)):
                found[row[0]] = OnlineRow(*row)
        return [found.get(key) for key in keys]

    def read_several(self, asked: Sequence[tuple[int, Sequence[bytes]]]) -> list[list[OnlineRow | None]]:
        """See `OnlineStore.read_several`; there are no round trips to save."""
        return [self.read(generation, keys) for generation, keys in asked]

    def keys(self, generation: int) -> Iterator[bytes]:
        """See `OnlineStore.keys`; in the order of their bytes. No transaction stays open between pages."""
        last = b""
        while (
            page := self._connections.get().execute(_PAGE_OF_KEYS, (generation, last, _ROWS_PER_TRANSACTION)).fetchall()
        ):
            yield from (key for (key,) in page)
            last = page[-1][0]

    def count(self, generation: int) -> int:
        """See `OnlineStore.count`; reads the generation's whole key range."""
        row = self._connections.get().execute("SELECT count(*) FROM online_rows WHERE generation = ?", (generation,))
        return int(row.fetchone()[0])

    def is_empty(self) -> bool:
        """See `OnlineStore.is_empty`."""
        return self._connections.get().execute("SELECT 1 FROM online_rows LIMIT 1").fetchone() is None

    def drop(self, generation: int) -> None:
        """See `OnlineStore.drop`; in steps, so that other writers get their turns."""
        connection = self._connections.get()
        while connection.execute(_DROP_SOME, (generation, _ROWS_PER_TRANSACTION)).rowcount:
            pass

    def close(self) -> None:
        """See `OnlineStore.close`; the next call after it opens the file again."""
        self._connections.close()

    def _open(self) -> Connection:
        connection = connect(self._path)
        connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        connection.execute(_CREATE)
        return connection
