"""A DuckDB connection with our settings, and its errors in our words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from builders.duckdb import dialect
from builders.duckdb.macros import LIMB_ERROR, MACROS
from builders.duckdb.sketches import register_sketches
from builders.engine import SegmentTask
from builders.exact import LimbsExceededError
from builders.layout import TILES_FILE, EntityLayout, layout_of
from builders.plan import BuildTiles
from builders.sql.ast import between, column, select, text
from builders.sql.dialect import Dialect
from builders.sql.finish import SUM_ERROR
from builders.sql.render import render_statement
from builders.sql.tiles import HOP_START, stored_columns
from definitions.errors import RequestError, SourceError, ValueRangeError

if TYPE_CHECKING:
    import pyarrow as pa

_SUM_OVERFLOW = "Overflow in SUM of DECIMAL"


@dataclass(frozen=True)
class DuckDBSettings:
    """What a user may set; None leaves DuckDB's own choice. A call that takes longer than `timeout` seconds is
    cancelled."""

    memory_limit: str | None = None
    threads: int | None = None
    temp_directory: str | None = None
    timeout: float | None = None


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


@dataclass(frozen=True)
class Connection:
    """Implements `builders.tasks.database.Database`: a connection that temporary tables and views of others are not
    seen in."""

    native: duckdb.DuckDBPyConnection
    dialect: Dialect = dialect
    spreads_tiles: bool = False

    def run(self, statement: exp.Expression) -> duckdb.DuckDBPyConnection:
        """Execute a statement; its answer is yet to be fetched."""
        return self.native.execute(self.sql(statement))

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.run(query).fetchall()
        return found

    def totals(self, query: exp.Query) -> list[tuple[Any, ...]]:
        return self.rows(query)

    def table(self, query: exp.Query) -> pa.Table:
        answer: pa.Table = self.native.sql(self.sql(query)).to_arrow_table()
        return answer

    def hold(self, name: str, query: exp.Query) -> None:
        temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
        self.run(
            exp.Create(this=exp.to_table(name), kind="TABLE", replace=True, properties=temporary, expression=query)
        )

    def write(self, query: exp.Query, order: Sequence[str], file: Path) -> None:
        whole = select("*").from_(query.subquery("unsorted", copy=False), copy=False)
        self.copy(whole.order_by(*map(column, order), copy=False), file)

    def write_tiles(self, tiles: exp.Query, layout: EntityLayout, folder: Path) -> Path:
        file = folder / TILES_FILE
        self.write(tiles, (*layout.keys, HOP_START), file)
        return file

    def write_segments(
        self, tiles: BuildTiles, tasks: Sequence[SegmentTask], totals: Sequence[exp.AggFunc]
    ) -> list[tuple[Path, tuple[Any, ...]]]:
        layout = layout_of(tiles.table.entity)
        self.hold(tiles.name, render_statement(self.dialect, tiles))

        def within(task: SegmentTask, columns: Iterable[exp.Expression]) -> exp.Select:
            limits = between(column(HOP_START), task.start, task.end)
            return select(*columns).from_(tiles.name, copy=False).where(*limits, copy=False)

        written = []
        for task in tasks:
            path = self.write_tiles(within(task, map(column, stored_columns(tiles))), layout, task.folder)
            (row,) = self.rows(within(task, (total.copy() for total in totals)))
            written.append((path, row))
        return written

    def copy(self, query: exp.Query, file: Path) -> int:
        """Write the rows of a query as a Parquet file, as they come; returns how many."""
        copied = f"COPY ({self.sql(query)}) TO {self.sql(text(str(file)))} (FORMAT parquet, COMPRESSION zstd)"
        return int(self.native.execute(copied).fetchall()[0][0])

    def columns(self, query: exp.Query) -> dict[str, str]:
        return {str(row[0]): str(row[1]) for row in self.native.execute(f"DESCRIBE {self.sql(query)}").fetchall()}

    def sql(self, expression: exp.Expression) -> str:
        """The text of a statement."""
        return str(expression.sql(dialect=self.dialect.name, copy=False))


@contextmanager
def connect(database: duckdb.DuckDBPyConnection) -> Iterator[Connection]:
    """A connection of one's own to the database."""
    connection = Connection(database.cursor())
    try:
        yield connection
    finally:
        connection.native.close()


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
