"""The engine of a store: the one that its configuration names, or that fits the size of its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builders.engine import Engine
from builders.figures import size_words
from definitions.errors import SourceError
from definitions.model import Source
from featurestore.config import EngineConfiguration
from featurestore.source_listing import list_files

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SPARK_ABOVE: Final = 50_000_000_000
"""From this size (bytes of one source's files) on, `auto` is Spark: to there DuckDB is faster on one machine, and it
spills to its disk."""


@dataclass(frozen=True)
class ChosenEngine:
    """An engine, and in words why it is that one."""

    engine: Engine
    why: str


def choose_engine(
    settings: EngineConfiguration, root: Path, sources: Callable[[], Iterable[Source]], spark: SparkSession | None
) -> ChosenEngine:
    """The engine that the configuration names; on a Spark session that was handed over, if there is one; with `auto`
    the one that fits the largest of the applied `sources`."""
    if spark is not None:
        return ChosenEngine(_open_spark(settings, spark), "a Spark session was handed over")
    if settings.type != "auto":
        engine = _open_spark(settings, None) if settings.type == "spark" else _open_duckdb(settings)
        return ChosenEngine(engine, "the configuration says so")
    applied = list(sources())
    table = next((member for source in applied for member in source.members if member.table), None)
    if table is not None:
        return ChosenEngine(_open_spark(settings, None), f"source {table.name} is a table of Spark's catalog")
    size, name = max(((_size_of(source, root), source.name) for source in applied), default=(0, ""))
    limit = SPARK_ABOVE if settings.spark_above is None else settings.spark_above
    engine = _open_spark(settings, None) if size >= limit else _open_duckdb(settings)
    largest = f"the largest source, {name}, has {size_words(size)}" if name else "there are no sources yet"
    return ChosenEngine(engine, f"{largest}, and Spark begins at {size_words(limit)}")


def _size_of(source: Source, root: Path) -> int:
    """The bytes of all files of a source; files that are missing are told of when they are read."""
    try:
        return sum(file.size for member in source.members for file in list_files(member, root))
    except SourceError:
        return 0


def _open_spark(settings: EngineConfiguration, session: SparkSession | None) -> Engine:
    from builders.spark.engine import SparkEngine
    from builders.spark.session import SparkSettings

    return SparkEngine(SparkSettings(settings.master or "local[*]", settings.spark, settings.timeout), session)


def _open_duckdb(settings: EngineConfiguration) -> Engine:
    from builders.duckdb.connection import DuckDBSettings
    from builders.duckdb.engine import DuckDBEngine

    directory = None if settings.temp_directory is None else str(settings.temp_directory)
    return DuckDBEngine(DuckDBSettings(settings.memory_limit, settings.threads, directory, settings.timeout))
