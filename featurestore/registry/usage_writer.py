"""Adding what was counted to the registry, with as little as a process of look-ups has loaded.

The statements are of SQLite and PostgreSQL alike; a SQLite file is written without SQLAlchemy, as `serving_reader`
reads it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol, get_args

from msgspec import msgpack

from definitions.errors import ConfigurationError
from featurestore.registry.lookup_writer import KeptLookup, keep_lookups
from featurestore.sqlite_files import connect

_SQLITE: Final = "sqlite:///"
_WAIT_MILLISECONDS: Final = 5_000
"""How long an addition waits for other writers; what does not get through is added with the next one."""


Kind = Literal["online", "training"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


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
    """Adds to what the registry holds of look-ups: counts, and those that are kept."""

    def add(self, counted: Sequence[Counted]) -> None:
        """Add all of it, or nothing.

        Raises:
            ConfigurationError: the registry does not answer, or lacks the tables.
        """
        ...

    def keep(self, kept: Sequence[KeptLookup]) -> None:
        """Keep all of these look-ups, or none.

        Raises:
            ConfigurationError: the registry does not answer, or lacks the table.
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
        with self._writing() as statements:
            add_counted(statements, counted)

    def keep(self, kept: Sequence[KeptLookup]) -> None:
        """See `UsageWriter.keep`."""
        with self._writing() as statements:
            keep_lookups(statements, kept)

    @contextmanager
    def _writing(self) -> Iterator[Statements]:
        """One transaction on a connection of its own."""
        if not self._path.is_file():
            raise ConfigurationError(f"there is no registry in {self._path}")
        try:
            with closing(connect(self._path)) as connection:
                connection.execute(f"PRAGMA busy_timeout = {_WAIT_MILLISECONDS}")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield _SqliteStatements(connection)
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise ConfigurationError(f"usage cannot be added to the registry in {self._path}: {error}") from error


class Statements(Protocol):
    """Runs statements with named parameters in the caller's transaction."""

    def rows(self, statement: str, parameters: Mapping[str, Any]) -> Iterable[Any]:
        """What a statement finds."""
        ...

    def run(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of its parameters, on a server without waiting for each."""
        ...


class _SqliteStatements:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.rows: Callable[[str, Mapping[str, Any]], Iterable[Any]] = connection.execute
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        self._connection.executemany(statement, parameters)


_FINGERPRINTS: Final = "SELECT id, fingerprint FROM generations WHERE id IN"
_REQUESTS: Final = "SELECT digest, id FROM usage_requests WHERE digest IN"
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
_AT_ONCE: Final = 500
"""How many values a statement looks for."""


def add_counted(statements: Statements, counted: Sequence[Counted]) -> None:
    """Add to the counts in the caller's transaction; references count for each of their views."""
    requests = _stored(statements, dict.fromkeys(item.request for item in counted))
    numbers: dict[tuple[str, str, int, str], int] = {}
    for item in counted:
        for digest in requests[item.request]:
            key = (digest, item.kind, item.day, item.principal)
            numbers[key] = numbers.get(key, 0) + item.number
    ids = _request_ids(statements, {digest: each for apart in requests.values() for digest, each in apart.items()})
    # In one order everywhere, so that two writers of the same rows never wait for each other.
    rows = [
        {"request_id": ids[digest], "kind": kind, "day": day, "principal": principal, "number": number}
        for (digest, kind, day, principal), number in sorted(numbers.items())
    ]
    statements.run(_ADD_COUNT, rows)


def _stored(statements: Statements, requests: Iterable[Request]) -> dict[Request, dict[str, Request]]:
    """What each request is stored as, by digest: with generations told as fingerprints, and references by view.

    Columns of a generation that is gone count as of none.
    """
    versions = {column.fingerprint for request in requests for column in request.columns}
    generations = sorted(version for version in versions if isinstance(version, int))
    fingerprints = _found(statements, _FINGERPRINTS, generations)

    def told(column: UsedColumn) -> UsedColumn:
        if isinstance(column.fingerprint, str):
            return column
        return column._replace(fingerprint=fingerprints.get(column.fingerprint, ""))

    return {
        request: {
            _digest(each): each
            for each in _by_view(Request(request.service, tuple(sorted({told(column) for column in request.columns}))))
        }
        for request in requests
    }


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


def _request_ids(statements: Statements, requests: Mapping[str, Request]) -> dict[str, int]:
    """The ids of requests by digest; those that are new are added, in one order everywhere."""
    known = _found(statements, _REQUESTS, sorted(requests))
    new = sorted(requests.keys() - known.keys())
    if not new:
        return known
    statements.run(_ADD_REQUEST, [{"digest": digest, "service": requests[digest].service} for digest in new])
    added = _found(statements, _REQUESTS, new)
    columns = [
        {"request_id": added[digest], "view": view, "feature_column": column, "fingerprint": fingerprint}
        for digest in new
        for view, column, fingerprint in requests[digest].columns
    ]
    statements.run(_ADD_COLUMN, columns)
    return known | added


def _found(statements: Statements, statement: str, values: Sequence[str] | Sequence[int]) -> dict[Any, Any]:
    """The pairs that a statement finds which ends with the values to look for."""
    found: dict[Any, Any] = {}
    for start in range(0, len(values), _AT_ONCE):
        named = {f"value_{number}": value for number, value in enumerate(values[start : start + _AT_ONCE])}
        places = ", ".join(f":{name}" for name in named)
        found |= dict(statements.rows(f"{statement} ({places})", named))
    return found
