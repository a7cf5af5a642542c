"""Adding what was counted to the registry, with as little as a process of look-ups has loaded.

The statements are of SQLite and PostgreSQL alike; a SQLite file is written without SQLAlchemy, as `serving_reader`
reads it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from msgspec import msgpack

from definitions.errors import ConfigurationError
from featurestore.sqlite_files import connect

_SQLITE: Final = "sqlite:///"
_WAIT_MILLISECONDS: Final = 5_000
"""How long an addition waits for other writers; what does not get through is added with the next one."""


class UsedColumn(NamedTuple):
    """A column of a view that was asked for, in the view's version of that fingerprint.

    A number in place of the fingerprint is the generation of online rows that it was read from.
    """

    view: str
    column: str
    fingerprint: str | int


class Request(NamedTuple):
    """What was asked for: a service, or None and references; and its columns."""

    service: str | None
    columns: tuple[UsedColumn, ...]


class Counted(NamedTuple):
    """So many uses of a kind (`online`, `training`) by a principal on a day (since 1970)."""

    request: Request
    kind: str
    day: int
    principal: str
    number: int


class UsageWriter(Protocol):
    """Adds to the counts of the registry."""

    def add(self, counted: Sequence[Counted]) -> None:
        """Add all of it, or nothing.

        Raises:
            ConfigurationError: the registry does not answer, or lacks the tables.
        """
        ...


def open_usage_writer(url: str) -> UsageWriter:
    """The writer for the registry at a SQLAlchemy URL; it is looked for when something is added."""
    if url.startswith(_SQLITE) and "?" not in url:
        return SqliteUsageWriter(Path(url.removeprefix(_SQLITE)))
    from featurestore.registry.usage import DatabaseUsageWriter

    return DatabaseUsageWriter(url)


class SqliteUsageWriter:
    """Adds to the registry's SQLite file, which must exist; keeps no connection, so that forks share none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, counted: Sequence[Counted]) -> None:
        """See `UsageWriter.add`."""
        if not self._path.is_file():
            raise ConfigurationError(f"there is no registry in {self._path}")
        try:
            with closing(connect(self._path)) as connection:
                connection.execute(f"PRAGMA busy_timeout = {_WAIT_MILLISECONDS}")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    add_counted(connection.execute, counted)
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise ConfigurationError(f"usage cannot be added to the registry in {self._path}: {error}") from error


Execute = Callable[[str, Mapping[str, Any]], Iterable[Sequence[Any]]]
"""Runs a statement with named parameters and gives its rows."""

_FINGERPRINT: Final = "SELECT fingerprint FROM generations WHERE id = :id"
_REQUEST: Final = "SELECT id FROM usage_requests WHERE digest = :digest"
_ADD_REQUEST: Final = """
INSERT INTO usage_requests (digest, service) VALUES (:digest, :service) ON CONFLICT (digest) DO NOTHING
"""
_ADD_COLUMN: Final = """
INSERT INTO usage_columns (request_id, view, feature_column, fingerprint)
VALUES (:request_id, :view, :feature_column, :fingerprint)
ON CONFLICT (request_id, view, feature_column, fingerprint) DO NOTHING
"""
_ADD_COUNT: Final = """
INSERT INTO usage_counts (request_id, kind, day, principal, number)
VALUES (:request_id, :kind, :day, :principal, :number)
ON CONFLICT (request_id, kind, day, principal) DO UPDATE SET number = usage_counts.number + excluded.number
"""


def add_counted(execute: Execute, counted: Sequence[Counted]) -> None:
    """Add to the counts in the caller's transaction; references count for each of their views."""
    numbers: dict[tuple[str, str, int, str], int] = {}
    requests: dict[str, Request] = {}
    fingerprints: dict[int, str] = {}
    for item in counted:
        for request in _by_view(_known(execute, item.request, fingerprints)):
            digest = _digest(request)
            requests[digest] = request
            key = (digest, item.kind, item.day, item.principal)
            numbers[key] = numbers.get(key, 0) + item.number
    # In one order everywhere, so that two writers of the same rows never wait for each other.
    ids = {digest: _request_id(execute, digest, requests[digest]) for digest in sorted(requests)}
    for (digest, kind, day, principal), number in sorted(numbers.items()):
        row = {"request_id": ids[digest], "kind": kind, "day": day, "principal": principal, "number": number}
        execute(_ADD_COUNT, row)


def _known(execute: Execute, request: Request, fingerprints: dict[int, str]) -> Request:
    """The request with generations told as fingerprints; columns of one that is gone count as of none."""
    for column in request.columns:
        if isinstance(column.fingerprint, int) and column.fingerprint not in fingerprints:
            rows = list(execute(_FINGERPRINT, {"id": column.fingerprint}))
            fingerprints[column.fingerprint] = str(rows[0][0]) if rows else ""
    columns = {
        column._replace(fingerprint=fingerprints[column.fingerprint]) if isinstance(column.fingerprint, int) else column
        for column in request.columns
    }
    return Request(request.service, tuple(sorted(columns)))


def _by_view(request: Request) -> Iterator[Request]:
    """A service as it is; references apart by view, so that different lists of them share what is stored."""
    if request.service is not None:
        yield request
        return
    for view in sorted({column.view for column in request.columns}):
        yield Request(None, tuple(column for column in request.columns if column.view == view))


def _digest(request: Request) -> str:
    # It brings OpenSSL, which a look-up does not wait for.
    import hashlib

    return hashlib.sha256(msgpack.encode(request)).hexdigest()


def _request_id(execute: Execute, digest: str, request: Request) -> int:
    for (known,) in execute(_REQUEST, {"digest": digest}):
        return int(known)
    execute(_ADD_REQUEST, {"digest": digest, "service": request.service})
    ((added,),) = execute(_REQUEST, {"digest": digest})
    for column in request.columns:
        row = {"request_id": added, "view": column.view, "feature_column": column.column}
        execute(_ADD_COLUMN, {**row, "fingerprint": column.fingerprint})
    return int(added)
