"""Files as relations that Spark SQL can name: views of a session."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from builders.layout import EntityLayout
from builders.request import SourceFiles
from builders.spark.file_types import NANOSECONDS
from builders.spark.names import ddl, quoted, type_name, url_of
from builders.spark.segments import read_segments
from definitions.formats import source_format
from definitions.model import Source
from definitions.types import DataType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE: Final = "__file"
"""The column of a source's relation that names the file of each row, where it is asked for."""

_NO_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"
_CSV: Final = {"header": "true", "escape": '"', "multiLine": "true"}
"""CSV as RFC 4180 has it: quotes are doubled, and what is quoted may go over several lines."""


class Relations:
    """The relations of a session, each named for what it reads and declared once. Without a session there are only
    names, to show statements with."""

    def __init__(self, session: SparkSession | None = None) -> None:
        self._session = session
        self._declared: set[str] = set()

    def of_source(
        self, source: Source, files: SourceFiles, types: Mapping[str, DataType], with_files: bool = False
    ) -> str:
        """A source's files with columns of these types; its timestamp as it is in the files."""
        physical = {name: type_name(kind) for name, kind in types.items()}
        if source.timestamp in physical and source.timestamp not in source.partitions:
            physical[source.timestamp] = _stored_as(files.timestamp_type) or physical[source.timestamp]
        content = (files.files, physical, with_files)
        return self._declare(source.name, content, lambda session: _read_source(session, source, *content))

    def of_segments(
        self, paths: tuple[str, ...], columns: Mapping[str, DataType] | None, layout: EntityLayout | None
    ) -> str:
        """Stored tiles; a column that a segment does not have is null there. With a layout they are where it says:
        segments whose buckets are others are moved."""
        types = None if columns is None else {name: type_name(kind) for name, kind in columns.items()}
        content = (paths, types, layout)
        return self._declare("tiles", content, lambda session: read_segments(session, *content))

    def _declare(self, word: str, content: object, read: Callable[[SparkSession], DataFrame]) -> str:
        name = f"{word}_{hashlib.sha256(repr(content).encode()).hexdigest()[:8]}"
        if self._session is not None and name not in self._declared:
            read(self._session).createOrReplaceTempView(name)
            self._declared.add(name)
        return name


def _read_source(
    session: SparkSession, source: Source, files: tuple[str, ...], types: Mapping[str, str], with_files: bool
) -> DataFrame:
    from pyspark.sql import functions

    if not files:
        return session.createDataFrame([], ddl(types))
    own = {name: kind for name, kind in types.items() if name not in source.partitions}
    paths = list(map(url_of, files))
    if source_format(source) == "csv":
        rows = session.read.options(**_CSV).csv(paths)
        columns = [functions.col(quoted(name)).cast(kind).alias(name) for name, kind in own.items()]
    else:
        # Of folders alone there is no column to name.
        rows = (session.read.schema(ddl(own)) if own else session.read).parquet(*paths)
        columns = [functions.col(quoted(name)) for name in own]
    columns += [_partition(name, kind).alias(name) for name, kind in types.items() if name in source.partitions]
    if with_files:
        columns.append(functions.col("_metadata.file_path").alias(FILE))
    return rows.select(*columns)


def _partition(name: str, kind: str) -> Any:
    """The value that the folder `name=value` of a row's file stands for."""
    from pyspark.sql import functions

    path = functions.col("_metadata.file_path")
    value = functions.regexp_extract(path, f"/{re.escape(name)}=([^/]*)/", 1)
    once = functions.replace(functions.url_decode(value), functions.lit("+"), functions.lit("%2B"))
    return functions.nullif(functions.url_decode(once), functions.lit(_NO_PARTITION)).cast(kind)


def _stored_as(timestamp_type: str) -> str | None:
    """The type to read a timestamp column as, of its type in the files."""
    return "BIGINT" if timestamp_type == NANOSECONDS else timestamp_type or None
