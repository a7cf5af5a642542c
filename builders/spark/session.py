"""A Spark session with our settings, and its errors in our words."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from builders.exact import LimbsExceededError
from builders.spark.dialect import SparkDialect
from builders.spark.functions import FUNCTIONS, LIMB_ERROR
from builders.spark.relations import Relations
from builders.sql.finish import SUM_ERROR
from definitions.errors import ConfigurationError, RequestError, SourceError, ValueRangeError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_OURS: Final = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.variable.substitute": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
"""What the meaning of a value rests on, whatever the session says that was handed to us."""


_QUIET: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_LOCAL: Final = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""What an application of our own begins with; on one machine it listens to nobody else, and 200 partitions are many."""


@dataclass(frozen=True)
class SparkSettings:
    """What a user may set: the master, and any configuration; a session of one's own takes the place of both."""

    master: str = "local[*]"
    conf: Mapping[str, str] = field(default_factory=dict)


def open_session(settings: SparkSettings, given: SparkSession | None = None) -> SparkSession:
    """A session of our own: of the application of `given`, or of a new one.

    Raises:
        ConfigurationError: pyspark or Java is missing, or the session is one of Spark Connect.
    """
    base = given or _start(settings)
    # It would log what is raised as an error of ours.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    if not hasattr(base, "_jsparkSession"):
        raise ConfigurationError("a session of Spark Connect has no plans to look at; hand a classic SparkSession over")
    session = base.newSession()
    for name, value in _OURS.items():
        session.conf.set(name, value)
    for function in FUNCTIONS:
        session.sql(function)
    return session


def _start(settings: SparkSettings) -> SparkSession:
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigurationError("the Spark engine needs pyspark; install featurestore[spark]") from error
    builder = SparkSession.builder.appName("featurestore").master(settings.master)
    local = _LOCAL if settings.master.startswith("local") else {}
    for name, value in {**_QUIET, **local, **settings.conf}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise ConfigurationError(
            f"Spark does not start: {error}; it needs Java 17 or later, see `java -version`"
        ) from error


class Statements:
    """Implements `builders.tasks.database.Database`: statements over relations that are declared until it is closed."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.relations = Relations()
        self.dialect = SparkDialect(self.relations)
        self._held: dict[str, DataFrame] = {}

    def frame(self, query: exp.Query) -> DataFrame:
        """The answer as a DataFrame, not yet computed."""
        self.relations.declare(self.session)
        return self.session.sql(self.sql(query))

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.frame(query).collect()]

    def sql(self, expression: exp.Expression) -> str:
        """The text of a statement."""
        return str(expression.sql(dialect=self.dialect.name, copy=False))

    def columns(self, query: exp.Query) -> dict[str, str]:
        return {item.name: item.dataType.simpleString().upper() for item in self.frame(query).schema.fields}

    def hold(self, name: str, query: exp.Query, by: Sequence[str] = ()) -> None:
        """Compute an answer once, spread over the partitions of a shuffle by columns, if there are any."""
        rows = self.frame(query)
        if by:
            # By number, or adaptive execution would merge partitions, and what is joined would have to move.
            count = int(self.session.conf.get("spark.sql.shuffle.partitions") or 1)
            rows = rows.repartition(count, *(f"`{name}`" for name in by))
        held = rows.persist()
        held.createOrReplaceTempView(name)
        self._held[name] = held

    def write(self, query: exp.Query, order: Sequence[str], file: Path) -> int:
        rows = self.frame(query).repartition(1).sortWithinPartitions(*(f"`{name}`" for name in order))
        return self.write_frame(rows, file)

    def write_frame(self, rows: DataFrame, file: Path) -> int:
        """Write rows of a single partition as one Parquet file; returns its bytes."""
        folder = file.with_name(f"{file.name}.parts")
        rows.write.mode("overwrite").option("compression", "zstd").parquet(f"file://{folder}")
        (part,) = folder.glob("part-*.parquet")
        part.replace(file)
        shutil.rmtree(folder)
        return file.stat().st_size

    def close(self) -> None:
        """Forget the relations, and what was held."""
        self.relations.drop(self.session)
        for name, held in self._held.items():
            held.unpersist()
            self.session.catalog.dropTempView(name)


@contextmanager
def statements(session: SparkSession) -> Iterator[Statements]:
    """Statements whose relations are forgotten at the end."""
    opened = Statements(session)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def translated_errors(what: str) -> Iterator[None]:
    """Raise Spark's errors as ours; `what` says what was being done.

    Raises:
        LimbsExceededError: a sum of doubles needs more limbs.
        ValueRangeError: an integer sum leaves bigint, or a decimal sum 38 digits.
        SourceError: files are missing, unreadable, truncated or hold values of another type.
        RequestError: an entity key of the entity dataframe is not of its declared type.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        text = str(error)
        message = text.strip().split("\n")[0]
        if LIMB_ERROR in text:
            raise LimbsExceededError(f"{what}: {message}") from error
        if SUM_ERROR in text:
            found = text[text.index(SUM_ERROR) :].split("\n", maxsplit=1)[0]
            raise ValueRangeError(f"{what}: {found}; use a double or a shorter window") from error
        if "entity_dataframe" in text:
            raise RequestError(f"{what}: {message}") from error
        if any(sign in text for sign in ("FAILED_READ_FILE", "CAST_INVALID_INPUT", "PATH_NOT_FOUND", "CANNOT_READ")):
            raise SourceError(f"{what}: {message}") from error
        raise
