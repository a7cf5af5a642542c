"""How this product opens a SQLite file: write-ahead log, patient, synced at each commit."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final

from definitions.errors import ConfigurationError

BUSY_SECONDS: Final = 30.0
SYNCHRONOUS: Final = "FULL"
"""When SQLite waits for the disk: at each commit. Tests turn it off, as none of them cuts the power."""


class Connection(sqlite3.Connection):
    """A SQLite connection that weak references may point to."""


class ThreadConnections:
    """A connection per thread, made by `open_connection` at the thread's first `get` and closed when the thread ends.

    A forked process makes its own: SQLite forbids carrying a connection across a fork, even to close it.
    """

    def __init__(self, open_connection: Callable[[], Connection]) -> None:
        self._open = open_connection
        self._inherited: tuple[object, ...] = ()
        self._forget()

    def get(self) -> Connection:
        """The calling thread's connection."""
        if self._process != os.getpid():
            # Kept alive for good, because letting go of them would close them.
            self._inherited = (self._local, *self._opened)
            self._forget()
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
            with self._lock:
                self._opened.add(connection)
        return connection

    def close(self) -> None:
        """Close the connections of all threads; the next `get` opens another."""
        with self._lock:
            opened = tuple(self._opened) if self._process == os.getpid() else ()
            self._forget()
        for connection in opened:
            connection.close()

    def _forget(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._local = threading.local()
        self._opened: weakref.WeakSet[Connection] = weakref.WeakSet()


def connect(path: Path) -> Connection:
    """Open or create a database file; transactions begin only where the caller says BEGIN.

    Commits are synced to disk: the registry's watermark must never survive a power cut that the rows under it did not.

    Raises:
        ConfigurationError: the folder cannot be made or the file cannot be opened, or it is no SQLite database.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Pools hand connections from thread to thread, one user at a time.
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, factory=Connection
        )
    except (OSError, sqlite3.OperationalError) as error:
        raise ConfigurationError(f"cannot open the database {path}: {error}; check the folder's permissions") from error
    try:
        _use_write_ahead_log(connection)
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ConfigurationError(f"cannot use the database {path}: {error}") from error
    return connection


def _use_write_ahead_log(connection: Connection) -> None:
    """Switch the file to WAL once; SQLite does not wait for the lock that this takes, so two openers retry."""
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
