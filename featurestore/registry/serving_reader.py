"""Reading serving records with as little as a fresh process can load."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final, Protocol

from definitions.errors import ConfigurationError
from featurestore.sqlite_files import Connection, ThreadConnections, connect

_SQLITE: Final = "sqlite:///"


class ServingReader(Protocol):
    """The reading half of `ServingRegistry`."""

    def load(self, name: str) -> bytes | None:
        """The record of a service or view; None if there is none."""
        ...

    def revision(self) -> int:
        """A number that changes whenever a record does; cheap to poll."""
        ...


def open_serving_reader(url: str) -> ServingReader:
    """Open the serving records of the registry at a SQLAlchemy URL, which must exist.

    For a SQLite file this takes a few milliseconds, because it loads no SQLAlchemy (half a second of CPU).

    Raises:
        ConfigurationError: there is no registry there, or it cannot be read.
    """
    if url.startswith(_SQLITE) and "?" not in url:
        return SqliteServingReader(Path(url.removeprefix(_SQLITE)))
    from featurestore.registry.database import open_made_database
    from featurestore.registry.serving import ServingRegistry

    return ServingRegistry(open_made_database(url))


class SqliteServingReader:
    """Serving records straight from the registry's SQLite file; threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections = ThreadConnections(self._open)
        self.revision()

    def load(self, name: str) -> bytes | None:
        """See `ServingReader.load`."""
        row = self._first("SELECT payload FROM serving WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

    def revision(self) -> int:
        """See `ServingReader.revision`."""
        row = self._first("SELECT value FROM counters WHERE name = 'serving'", ())
        return 0 if row is None else int(row[0])

    def close(self) -> None:
        """Release the connections; the next call opens another."""
        self._connections.close()

    def _open(self) -> Connection:
        # A look-up in the wrong folder should say so, not leave an empty registry behind.
        if not self._path.is_file():
            raise ConfigurationError(f"there is no registry in {self._path}; run `featurestore apply` first")
        return connect(self._path)

    def _first(self, statement: str, parameters: tuple[str, ...]) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._connections.get().execute(statement, parameters).fetchone()
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"the registry in {self._path} cannot be read ({error}); run `featurestore apply` first"
            ) from error
        return row
