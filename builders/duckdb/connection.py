"""A DuckDB connection with our settings, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from builders.duckdb.dialect import LIMB_ERROR, MACROS
from builders.exact import LimbsExceededError
from builders.sql.frame import SUM_ERROR
from definitions.errors import RequestError, SourceError, ValueRangeError

_SUM_OVERFLOW = "Overflow in SUM of DECIMAL"


@dataclass(frozen=True)
class DuckDBSettings:
    """What a user may set; None leaves DuckDB's own choice."""

    memory_limit: str | None = None
    threads: int | None = None
    temp_directory: str | None = None


@contextmanager
def connect(settings: DuckDBSettings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database of its own, in UTC, that loads nothing from a network."""
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET TimeZone = 'UTC'")
        for name in ("memory_limit", "threads", "temp_directory"):
            value = getattr(settings, name)
            if value is not None:
                connection.execute(f"SET {name} = ?", [value])
        for macro in MACROS:
            connection.execute(macro)
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
        raise
