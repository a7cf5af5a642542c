"""Looking at a source's files with Spark: are the declared columns there, and what does each file hold by day."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sqlglot import exp

from builders.engine import FileDays
from builders.request import SourceFiles
from builders.spark.file_types import NANOSECONDS, file_types
from builders.spark.relations import FILE
from builders.spark.session import Statements
from builders.tasks.survey import survey_files
from definitions.columns import column_types
from definitions.errors import SourceError
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
    declared = column_types(source)[source.timestamp].name.upper() if source.timestamp is not None else ""
    declared = "TIMESTAMP_NTZ" if declared == "TIMESTAMP" else declared
    if not names:
        return SourceFiles((), declared, 0)
    is_csv = source_format(source) == "csv"
    timestamp_type = declared if is_csv else ""
    for file in names:
        found = _header(file) if is_csv else file_types(file)
        for name, held in source.columns.items():
            if name not in found:
                close = ", ".join(sorted(found))
                raise SourceError(f"source {source.name}: {file} has no column {name!r}; it has {close}")
            if not is_csv and not accepts(held.type, found[name]):
                raise SourceError(
                    f"source {source.name}: column {name!r} in {file} is {found[name]}, declared as {held.type}"
                )
        if source.timestamp is None or is_csv:
            continue
        kind = found.get(source.timestamp) or source.partitions[source.timestamp].type.name.upper()
        if timestamp_type not in ("", kind):
            raise SourceError(
                f"source {source.name}: column {source.timestamp!r} is {kind} in {file} and {timestamp_type} in others"
            )
        timestamp_type = kind
    return SourceFiles(names, timestamp_type, _count_rows(source, names))


def accepts(declared: DataType, found: str) -> bool:
    """Whether a file's column of Spark type `found` may stand for a declared type."""
    if declared.is_decimal:
        if found.startswith("DECIMAL("):
            precision, scale = (int(part) for part in found[8:-1].split(","))
            own_scale, own_precision = declared.scale or 0, declared.precision or 0
            return scale <= own_scale and precision - scale <= own_precision - own_scale
        return found in _INTEGERS
    return found in _ACCEPTED[declared.name]


def _header(file: str) -> dict[str, str]:
    """The columns of a CSV file, all of them texts."""
    with Path(file).open(encoding="utf-8-sig", newline="") as lines:
        return dict.fromkeys(next(csv.reader(lines), []), "STRING")


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
    rows = exp.to_table(opened.relations.of_source(source, inspected, read, with_files=True))
    return survey_files(opened, source, inspected, rows, FILE, lambda url: unquote(urlsplit(url).path))
