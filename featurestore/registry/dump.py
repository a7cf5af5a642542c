"""The registry's rows as JSON, out of one database and into another."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, delete, func, insert, select, text

from definitions.errors import RequestError
from featurestore.registry.company import refresh_company
from featurestore.registry.database import hold, reading, shown, writing
from featurestore.registry.tables import CACHES, counters, kept_lookups, leases, metadata, tokens

Row = Mapping[str, Any]
"""A row by column name, of JSON types: bytes are `{"base64": text}`."""

_ROWS_AT_ONCE: Final = 1_000


def dumped_tables() -> tuple[Table, ...]:
    """Every table of the registry, those that others refer to first; caches are made again, tokens are of the registry
    that made them alone, as an older copy would know nothing of those that were revoked, and kept look-ups are of the
    online rows, which stay behind as well."""
    return tuple(table for table in metadata.sorted_tables if table not in (*CACHES, tokens, kept_lookups))


def dump_rows(connection: Connection, table: Table) -> Iterator[Row]:
    """The rows of a table, by primary key."""
    statement = select(table).order_by(*table.primary_key)
    for row in connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}).mappings():
        yield {name: _to_plain(value) for name, value in row.items()}


def refuse_unless_empty(engine: Engine) -> None:
    """Make sure that nothing was ever applied to the registry.

    Raises:
        RequestError: a table holds rows; the message names it.
    """
    with reading(engine) as connection:
        _refuse_unless_empty(connection)


def is_empty(connection: Connection) -> bool:
    """Whether the registry is as its migrations made it."""
    return _filled(connection) is None


def load_rows(engine: Engine, revision: str, rows: Mapping[str, Iterable[Row]]) -> None:
    """Put the rows of tables of the migration `revision` into an empty registry, and bring them to this code's
    revision: all in one transaction.

    Raises:
        RequestError: the registry is not empty; nothing was changed.
    """
    # Alembic is slow to load; whoever only dumps does without.
    from featurestore.registry.migrations.migrate import make_anew, migrate

    with writing(engine) as connection:
        _lock(connection)
        _refuse_unless_empty(connection)
        make_anew(connection, revision)
        tables = _tables_of(connection, rows)
        for table in reversed(tables):
            # Migrations fill some themselves.
            connection.execute(delete(table))
        for table in tables:
            _insert(connection, table, iter(rows[table.name]))
        migrate(connection)
        refresh_company(connection, 0)


def _lock(connection: Connection) -> None:
    """Let whatever would fill the registry wait: it begins with an application of definitions."""
    if connection.dialect.name == "postgresql":
        # Whoever waits for a counter's row has its table, which is about to be dropped: the two would wait for each
        # other. In the order in which others take them.
        connection.execute(text(f"LOCK TABLE {leases.name}, {counters.name} IN ACCESS EXCLUSIVE MODE"))
    hold(connection, "definitions")


def _refuse_unless_empty(connection: Connection) -> None:
    table = _filled(connection)
    if table is not None:
        raise RequestError(
            f"the registry {shown(connection.engine.url)} is not empty: {table.name} holds rows; a backup is restored "
            "where nothing was applied yet, so choose another registry, or move this one away; nothing was changed"
        )


def _filled(connection: Connection) -> Table | None:
    """A table with rows; counters have theirs from the beginning."""
    for table in metadata.sorted_tables:
        if table is not counters and connection.execute(select(table).limit(1)).first() is not None:
            return table
    return None


def _tables_of(connection: Connection, names: Iterable[str]) -> list[Table]:
    """The tables as they are in the database, whose revision may be older than this code's."""
    found, wanted = MetaData(), set(names)
    found.reflect(connection, only=sorted(wanted))
    return [table for table in found.sorted_tables if table.name in wanted]


def _insert(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    while batch := [{name: _from_plain(value) for name, value in row.items()} for row in islice(rows, _ROWS_AT_ONCE)]:
        connection.execute(insert(table), batch)
    number = table.autoincrement_column
    if connection.dialect.name == "postgresql" and number is not None:
        # SQLite goes on behind the greatest number by itself.
        sequence = func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(select(func.setval(sequence, select(func.max(number)).scalar_subquery())))


def _to_plain(value: Any) -> Any:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes) else value


def _from_plain(value: Any) -> Any:
    return b64decode(value["base64"]) if isinstance(value, dict) else value
