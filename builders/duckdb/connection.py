"""A DuckDB connection with our settings, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from builders.duckdb.macros import LIMB_ERROR, MACROS
from builders.duckdb.sketches import register_sketches
from builders.exact import LimbsExceededError
from builders.sql.finish import SUM_ERROR
from definitions.errors import RequestError, SourceError, ValueRangeError

_SUM_OVERFLOW = "Overflow in SUM of DECIMAL"


@dataclass(frozen=True)
class DuckDBSettings:
    """What a user may set; None leaves DuckDB's own choice."""

    memory_limit: str | None = None
    threads: int | None = None
    temp_directory: str | None = None


def open_database(settings: DuckDBSettings) -> duckdb.DuckDBPyConnection:
    """An in-memory database in UTC that loads nothing from a network; opening one takes some 30 ms."""
    database = duckdb.connect(":memory:")
    database.execute("SET GLOBAL autoinstall_known_extensions = false")
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    for name in ("memory_limit", "threads", "temp_directory"):
        value = getattr(settings, name)
        if value is not None:
            database.execute(f"SET GLOBAL {name} = ?", [value])
    register_sketches(database)
    for macro in MACROS:
        database.execute(macro)
    return database


@contextmanager
def connect(database: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of one's own to the database: temporary tables and views of others are not seen in it."""
    connection = database.cursor()
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def translated_errors(what: str) -> Iterator[None]:
    """Raise DuckDB's errors as ours; `what` says what was being done.

    Raises:
        LimbsExceededError: a sum of doubles needs more limbs.
        ValueRangeError: an integer sum leaves bigint, or a decimal sum 38 digits.
        SourceError: files are missing, unreadable, truncated or hold values of another type.
        RequestError: an entity key of the entity dataframe is not of its declared type.
    """
    try:
        yield
    except duckdb.Error as error:
        message = str(error).strip().split("\n\n")[0]
        if LIMB_ERROR in message or _SUM_OVERFLOW in message:
            raise LimbsExceededError(f"{what}: {message}") from error
        if SUM_ERROR in message:
            raise ValueRangeError(f"{what}: {message}; use a double or a shorter window") from error
        if "entity_dataframe" in message:
            raise RequestError(f"{what}: {message}") from error
        if isinstance(error, (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException)):
            raise SourceError(f"{what}: {message}") from error
        if type(error) is duckdb.Error:
            # What DuckDB's Parquet reader throws on damaged bytes has no class of its own, and names no file.
            raise SourceError(f"{what}: {message}; a file is damaged, write it again") from error
        raise
