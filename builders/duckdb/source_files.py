"""Looking at a source's files with DuckDB: are the declared columns there, and what does each file hold by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
from sqlglot import exp

from builders.duckdb import dialect
from builders.duckdb.connection import Connection
from builders.engine import FileDays
from builders.request import SourceFiles
from builders.sql.ast import select
from builders.tasks.database import single_number
from builders.tasks.source_columns import check_columns, decimal_fits
from builders.tasks.survey import survey_by_day, survey_files
from definitions.columns import column_types
from definitions.errors import SourceError
from definitions.formats import source_format
from definitions.model import Source
from definitions.types import DataType

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT")
_ACCEPTED: dict[str, tuple[str, ...]] = {
    "boolean": ("BOOLEAN",),
    "int": _INTEGERS,
    "bigint": (*_INTEGERS, "UINTEGER", "BIGINT"),
    "float": ("FLOAT",),
    "double": ("FLOAT", "DOUBLE", *_INTEGERS),
    "string": ("VARCHAR", "ENUM", "UUID"),
    "date": ("DATE",),
    "timestamp": (
        "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ_NS",
        "TIMESTAMP_MS",
        "TIMESTAMP_S",
        "DATE",
    ),
}
"""The types in files that a declared type takes without loss."""


def inspect(connection: Connection, source: Source, files: Sequence[Path]) -> SourceFiles:
    """Check every file's columns against the declared ones.

    Raises:
        SourceError: a column is missing or of another type; the message names the file, the column and both types.
    """
    names = tuple(str(file) for file in files)
    if not names:
        declared = column_types(source)[source.timestamp].name.upper() if source.timestamp is not None else ""
        return SourceFiles((), declared, 0)
    timestamp_type = check_columns(source, names, lambda file: _columns_of(connection, source, file), accepts)
    inspected = SourceFiles(names, timestamp_type, 0)
    return replace(inspected, rows=_count_rows(connection, source, inspected))


def accepts(declared: DataType, found: str) -> bool:
    """Whether a file's column of DuckDB type `found` may stand for a declared type."""
    if declared.is_decimal:
        return decimal_fits(declared, found) if found.startswith("DECIMAL(") else found in _INTEGERS
    return found.partition("(")[0] in _ACCEPTED[declared.name]


def _columns_of(connection: Connection, source: Source, file: str) -> dict[str, str]:
    query = select("*").from_(dialect.read_files(source, SourceFiles((file,), "", 0)), copy=False)
    try:
        return connection.columns(query)
    except duckdb.BinderException as error:
        # A CSV is read with the declared types, so that DuckDB is the first to miss a column.
        what = str(error).partition("\n")[0].removeprefix("Binder Error: COLUMN_TYPES error: ")
        raise SourceError(f"source {source.name}: {file} is not as declared: {what}") from error


def _count_rows(connection: Connection, source: Source, files: SourceFiles) -> int:
    """Exact for Parquet, whose footers say it; for CSV a guess from the bytes, as counting means reading."""
    if source_format(source) == "csv":
        return sum(Path(file).stat().st_size for file in files.files) // 64
    query = select(exp.Count(this=exp.Star())).from_(dialect.read_files(source, files), copy=False)
    return single_number(connection, query)


def survey(connection: Connection, source: Source, inspected: SourceFiles) -> list[FileDays]:
    """Rows, and first and last instant, by file and UTC day."""

    def scan(silent: SourceFiles) -> list[FileDays]:
        return survey_files(connection, source, silent, _with_file_names(source, silent), "filename", str)

    return survey_by_day(source, inspected, scan)


def _with_file_names(source: Source, files: SourceFiles) -> exp.Expression:
    read = dialect.read_files(source, files)
    read.append("expressions", exp.EQ(this=exp.to_identifier("filename"), expression=exp.true()))
    return read
