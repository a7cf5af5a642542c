"""Files as relations that Spark SQL can name: the views that a statement reads from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from builders.request import SourceFiles
from builders.spark.file_types import NANOSECONDS
from builders.sql.ast import sql_type
from definitions.formats import source_format
from definitions.model import Source
from definitions.types import DataType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

FILE: Final = "__file"
"""The column of a source's relation that names the file of each row, where it is asked for."""

_NO_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"
_PATTERN: Final = re.compile(r"[{}\[\]*?\\]")
"""What makes a path a pattern to Spark."""

_CSV: Final = {"header": "true", "escape": '"', "multiLine": "true"}
"""CSV as RFC 4180 has it: quotes are doubled, and what is quoted may go over several lines."""

_Read = Callable[["SparkSession"], "DataFrame"]


class Relations:
    """The relations of statements, each named for what it reads; a session has to know them before a statement runs."""

    def __init__(self) -> None:
        self._reads: dict[str, _Read] = {}

    def of_source(
        self, source: Source, files: SourceFiles, types: Mapping[str, DataType], with_files: bool = False
    ) -> str:
        """A source's files with columns of these types; its timestamp as it is in the files."""
        physical = {name: _spark_type(kind) for name, kind in types.items()}
        if source.timestamp in physical and source.timestamp not in source.partitions:
            physical[source.timestamp] = _stored_as(files.timestamp_type) or physical[source.timestamp]
        return self._add(source.name, [files.files, physical, with_files], _reader(source, files, physical, with_files))

    def of_segments(self, files: tuple[str, ...], columns: Mapping[str, DataType] | None) -> str:
        """Stored tiles; a column that a file does not have is null there."""
        types = None if columns is None else {name: _spark_type(kind) for name, kind in columns.items()}

        def read(session: SparkSession) -> DataFrame:
            if types is None:
                return session.read.option("mergeSchema", len(files) > 1).parquet(*map(_url, files))
            return session.read.schema(_schema(types)).parquet(*map(_url, files))

        return self._add("tiles", [files, types], read)

    def declare(self, session: SparkSession) -> None:
        """Make every relation a view of the session."""
        for name, read in self._reads.items():
            read(session).createOrReplaceTempView(name)

    def drop(self, session: SparkSession) -> None:
        """Forget the views."""
        for name in self._reads:
            session.catalog.dropTempView(name)

    def _add(self, word: str, content: list[Any], read: _Read) -> str:
        name = f"{word}_{hashlib.sha256(repr(content).encode()).hexdigest()[:8]}"
        self._reads[name] = read
        return name


def _reader(source: Source, files: SourceFiles, types: Mapping[str, str], with_files: bool) -> _Read:
    own = {name: kind for name, kind in types.items() if name not in source.partitions}

    def read(session: SparkSession) -> DataFrame:
        from pyspark.sql import functions

        if not files.files:
            return session.createDataFrame([], _schema(types))
        paths = list(map(_url, files.files))
        if source_format(source) == "csv":
            rows = session.read.options(**_CSV).csv(paths)
            columns = [functions.col(f"`{name}`").cast(kind).alias(name) for name, kind in own.items()]
        else:
            # Of folders alone there is no column to name.
            rows = (session.read.schema(_schema(own)) if own else session.read).parquet(*paths)
            columns = [functions.col(f"`{name}`") for name in own]
        columns += [_partition(name, kind).alias(name) for name, kind in types.items() if name in source.partitions]
        if with_files:
            columns.append(functions.col("_metadata.file_path").alias(FILE))
        return rows.select(*columns)

    return read


def _partition(name: str, kind: str) -> Any:
    """The value that the folder `name=value` of a row's file stands for."""
    from pyspark.sql import functions

    path = functions.col("_metadata.file_path")
    value = functions.regexp_extract(path, f"/{name}=([^/]*)/", 1)
    once = functions.replace(functions.url_decode(value), functions.lit("+"), functions.lit("%2B"))
    return functions.nullif(functions.url_decode(once), functions.lit(_NO_PARTITION)).cast(kind)


def _schema(types: Mapping[str, str]) -> str:
    return ", ".join(f"`{name.replace('`', '``')}` {kind}" for name, kind in types.items())


def _spark_type(kind: DataType) -> str:
    return str(sql_type(kind).sql(dialect="spark"))


def _stored_as(timestamp_type: str) -> str | None:
    """The type to read a timestamp column as, of its type in the files."""
    return "BIGINT" if timestamp_type == NANOSECONDS else timestamp_type or None


def _url(file: str) -> str:
    """A local file as Spark takes it, whatever characters its name has."""
    return file if "://" in file else "file://" + _PATTERN.sub(r"\\\g<0>", file)
