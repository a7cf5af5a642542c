"""Opening the registry's database, its two kinds of transaction, and bringing its tables up to date."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text, update
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
)

from definitions.errors import ConfigurationError
from featurestore.masked_url import mask_url
from featurestore.registry.revision import NEWEST_REVISION, stored_revision
from featurestore.registry.tables import counters
from featurestore.sqlite_files import connect

_UPGRADE_LOCK: Final = 0x_FEA7_0001
"""PostgreSQL's advisory lock for migrations; any fixed number that nobody else uses."""


class _UnderWay(threading.local):
    """The transaction that the thread writes in."""

    connection: Connection | None = None


_under_way = _UnderWay()


def open_database(url: str) -> Engine:
    """Connect to the registry at a SQLAlchemy URL; a SQLite file and its folder are made when missing.

    The tables may be missing or old: see `upgrade`.

    Raises:
        ConfigurationError: the URL cannot be read, its driver is not installed, or the database does not answer.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            # The ping finds a connection that the server closed meanwhile, before a transaction begins on it.
            return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigurationError(f"the driver for the registry {shown(parsed)} is not installed: {error}") from error
    except (ArgumentError, ValueError):
        # The cause is left out: it may quote the URL with its password.
        raise ConfigurationError("the registry's URL cannot be read; write one such as sqlite:///registry.db") from None
    if parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("the registry must outlive the process: name a file, as in sqlite:///registry.db")
    if parsed.query:
        raise ConfigurationError(
            f"the registry {shown(parsed)} is a file and takes no options; leave out what follows ?"
        )
    path = Path(str(parsed.database))
    engine = create_engine(parsed, creator=lambda: connect(path), hide_parameters=True)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def open_made_database(url: str) -> Engine:
    """Connect to a registry that is there already, and leave its tables as they are.

    Raises:
        ConfigurationError: as `open_database` says, or nothing was ever applied there.
    """
    engine = open_database(url)
    with _failures_told(engine), reading(engine) as connection:
        made = stored_revision(connection) is not None
    if not made:
        raise ConfigurationError(f"there is no registry in {shown(engine.url)}; run `featurestore apply` first")
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and sees one state of the database from begin to end.

    Inside `writing` it is that transaction, and sees what was written in it.

    Raises:
        ConfigurationError: the database does not answer, or cannot be used.
    """
    if (joined := _joined(engine)) is not None:
        yield joined
        return
    with _failures_told(engine), engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; committed at the end of the block, undone if the block raises.

    A block inside another one of the same thread is part of it: what belongs together is committed together, whichever
    registries write it.

    SQLite takes its one write lock at the beginning (waiting up to 30 s), because a transaction that reads first and
    writes later cannot wait for another writer without a deadlock. PostgreSQL lets writers run side by side, and each
    statement see what was committed before it: so lock with `hold`, `LeaseRegistry.check` or another write of the
    same row first, and read what depends on it after.

    Raises:
        ConfigurationError: the database does not answer, or cannot be used.
    """
    if (joined := _joined(engine)) is not None:
        yield joined
        return
    with (
        _failures_told(engine),
        engine.connect() as connection,
        _failures_told(engine, "; what was being written is there wholly or not at all, so run it again"),
        connection.execution_options(writes=True).begin(),
    ):
        outer, _under_way.connection = _under_way.connection, connection
        try:
            yield connection
        finally:
            _under_way.connection = outer


def _joined(engine: Engine) -> Connection | None:
    """The transaction that the thread writes in, if it is one of this database."""
    connection = _under_way.connection
    return connection if connection is not None and connection.engine is engine else None


def hold(connection: Connection, counter: str) -> int:
    """Take the write lock of a room until the transaction ends, and return its counter's value."""
    return _set_counter(connection, counter, 0)


def advance(connection: Connection, counter: str) -> int:
    """Add one to a counter and return the new value; other writers of that room wait until the transaction ends."""
    return _set_counter(connection, counter, 1)


class DatabaseStatements:
    """`usage_writer.Statements` in a transaction of SQLAlchemy's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, parameters: Mapping[str, Any]) -> Iterable[Any]:
        """What a statement finds."""
        return self._connection.execute(text(statement), parameters).all()

    def run(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of its parameters."""
        if parameters:
            self._connection.execute(text(statement), parameters)


def insert_or(connection: Connection, table: Table) -> Any:
    """An INSERT with `on_conflict_do_update` and `excluded`, which SQLite and PostgreSQL spell alike."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql

        return insert_on_postgresql(table)
    from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

    return insert_on_sqlite(table)


def upgrade(engine: Engine) -> None:
    """Bring the tables to this code's revision; a database that is up to date costs one SELECT.

    Raises:
        ConfigurationError: the database is of a newer version of this product, does not answer, or cannot be used.
    """
    with _failures_told(engine):
        with reading(engine) as connection:
            if stored_revision(connection) == NEWEST_REVISION:
                return
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
            # Alembic takes longer to load than everything else here, and is hardly ever needed. It does nothing if
            # another process has upgraded meanwhile.
            from featurestore.registry.migrations.migrate import migrate

            migrate(connection)


def shown(url: URL) -> str:
    """A database's URL without its secrets."""
    return mask_url(url.render_as_string())


@contextmanager
def _failures_told(engine: Engine, then: str = "") -> Iterator[None]:
    """What a database answers when it cannot be reached or used, as an error that names it, and `then` says more."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        said = _first_line(error)
        raise ConfigurationError(f"the registry {shown(engine.url)} does not answer: {said}{then}") from error
    except ProgrammingError as error:
        # An option that its driver does not know, or a right that is missing.
        raise ConfigurationError(f"the registry {shown(engine.url)} cannot be used: {_first_line(error)}") from error


def _first_line(error: DBAPIError) -> str:
    """What the driver says, without its hints and the statement that it quotes."""
    return str(error.orig).partition("\n")[0]


def _set_counter(connection: Connection, name: str, step: int) -> int:
    statement = (
        update(counters)
        .where(counters.c.name == name)
        .values(value=counters.c.value + step)
        .returning(counters.c.value)
    )
    return int(connection.scalar(statement))


def _begin_on_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
