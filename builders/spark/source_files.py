"""Looking at a source's files with Spark: are the declared columns there, and what does each file hold by day."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlglot import exp

from builders.engine import FileDays
from builders.request import SourceFiles
from builders.spark.file_types import NANOSECONDS, file_types
from builders.spark.relations import FILE
from builders.spark.statements import Statements
from builders.sql.ast import sql_type
from builders.tasks.source_columns import check_columns, decimal_fits
from builders.tasks.survey import survey_by_day, survey_files
from definitions.columns import column_types
from definitions.formats import source_format
from definitions.model import Source
from definitions.types import DataType

_INTEGERS: Final = ("TINYINT", "SMALLINT", "INT")
_ACCEPTED: Final[dict[str, tuple[str, ...]]] = {
    "boolean": ("BOOLEAN",),
    "int": _INTEGERS,
    "bigint": (*_INTEGERS, "BIGINT"),
    "float": ("FLOAT",),
    "double": ("FLOAT", "DOUBLE", *_INTEGERS),
    "string": ("STRING",),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP", "TIMESTAMP_NTZ", NANOSECONDS, "DATE"),
}
"""The types in files that a declared type takes without loss."""


def inspect(source: Source, files: Sequence[Path]) -> SourceFiles:
    """Check every file's columns against the declared ones.

    Raises:
        SourceError: a column is missing or of another type; the message names the file, the column and both types.
    """
    names = tuple(str(file) for file in files)
    if not names:
        return SourceFiles((), _declared(source).get(source.timestamp or "", ""), 0)
    columns_of = partial(_csv_types, _declared(source)) if source_format(source) == "csv" else file_types
    return SourceFiles(names, check_columns(source, names, columns_of, accepts), _count_rows(source, names))


def _declared(source: Source) -> dict[str, str]:
    """The declared columns with their types in Spark's words."""
    return {name: str(sql_type(kind).sql(dialect="spark")) for name, kind in column_types(source).items()}


def accepts(declared: DataType, found: str) -> bool:
    """Whether a file's column of Spark type `found` may stand for a declared type."""
    if declared.is_decimal:
        return decimal_fits(declared, found) if found.startswith("DECIMAL(") else found in _INTEGERS
    return found in _ACCEPTED[declared.name]


def _csv_types(declared: Mapping[str, str], file: str) -> dict[str, str]:
    """The columns of a CSV file, which are read as what they are declared."""
    with Path(file).open(encoding="utf-8-sig", newline="") as lines:
        return {name: declared.get(name, "STRING") for name in next(csv.reader(lines), [])}


def _count_rows(source: Source, files: tuple[str, ...]) -> int:
    """Exact for Parquet, whose footers say it; for CSV a guess from the bytes, as counting means reading."""
    import pyarrow.parquet as pq

    if source_format(source) == "csv":
        return sum(Path(file).stat().st_size for file in files) // 64
    return sum(pq.read_metadata(file).num_rows for file in files)


def survey(opened: Statements, source: Source, inspected: SourceFiles) -> list[FileDays]:
    """Rows, and first and last instant, by file and UTC day."""
    types = column_types(source)
    read = {name: types[name] for name in ([source.timestamp] if source.timestamp else list(types)[:1])}

    def scan(silent: SourceFiles) -> list[FileDays]:
        rows = exp.to_table(opened.relations.of_source(source, silent, read, with_files=True))
        return survey_files(opened, source, silent, rows, FILE, lambda url: unquote(urlsplit(url).path))

    return survey_by_day(source, inspected, scan)
