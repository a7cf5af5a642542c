"""Opening a store's parts: the registry, the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from builders.engine import Engine
from featurestore.clock import Clock
from featurestore.config import Configuration, EngineConfiguration
from featurestore.context import Context
from featurestore.registry.registry import Registry

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.online.protocol import OnlineStore


def open_context(
    configuration: Configuration, clock: Clock, online: Callable[[], OnlineStore], spark: SparkSession | None = None
) -> Context:
    """Open the registry, which is created or brought up to date, and choose the engine."""
    engine = open_engine(configuration.engine, spark)
    return Context(configuration, Registry.open(configuration.registry), engine, clock, online)


def open_engine(settings: EngineConfiguration, spark: SparkSession | None = None) -> Engine:
    """The engine that the configuration names; on a Spark session that was handed over, if there is one."""
    if spark is not None or settings.type == "spark":
        from builders.spark.engine import SparkEngine
        from builders.spark.session import SparkSettings

        return SparkEngine(SparkSettings(settings.master or "local[*]", settings.spark), spark)
    from builders.duckdb.connection import DuckDBSettings
    from builders.duckdb.engine import DuckDBEngine

    directory = None if settings.temp_directory is None else str(settings.temp_directory)
    return DuckDBEngine(DuckDBSettings(settings.memory_limit, settings.threads, directory))
