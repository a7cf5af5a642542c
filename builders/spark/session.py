"""Spark sessions with our settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from builders.spark.functions import FUNCTIONS
from definitions.errors import ConfigurationError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OURS: Final = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.variable.substitute": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    "spark.sql.sources.bucketing.enabled": "true",
    "spark.sql.sources.bucketing.autoBucketedScan.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "-1",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
}
"""What the meaning of a value rests on, and that tiles stay where they are, whatever the session says that was handed
to us. What is broadcast is said in the statement. Files are named one by one, and in folders: looking at each takes a
moment, where a job that does it takes a second."""

_QUIET: Final = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.codegen.cache.maxEntries": "1000",
}
"""What an application of our own begins with anywhere. A frame has some thirty compiled stages: of the hundred that
Spark keeps, few frames would find theirs again, and compiling them anew takes half a second."""

_LOCAL: Final = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""And on one machine: it listens to nobody else, and 200 partitions are many."""


@dataclass(frozen=True)
class SparkSettings:
    """What a user may set: the master, and any configuration; a session of one's own takes the place of both. A call
    that takes longer than `timeout` seconds is cancelled."""

    master: str = "local[*]"
    conf: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None


def open_session(settings: SparkSettings, given: SparkSession | None = None) -> SparkSession:
    """A session of our own: of the application of `given`, or of a new one.

    Raises:
        ConfigurationError: pyspark or Java is missing, or the session is one of Spark Connect.
    """
    base = given or _start(settings)
    if not hasattr(base, "_jsparkSession"):
        raise ConfigurationError("a session of Spark Connect has no plans to look at; hand a classic SparkSession over")
    session = base.newSession()
    for name, value in _OURS.items():
        # Some are on their way out, and Spark warns of them in each session that has them set.
        if session.conf.get(name, None) != value:
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
        started = builder.getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError) as error:
        raise ConfigurationError(
            f"Spark does not start: {error}; it needs Java 17 or later, see `java -version`"
        ) from error
    # It logs what is raised; in an application of our own that is an error of ours already.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    return started


def clone_session(session: SparkSession) -> SparkSession:
    """A session with the settings and functions of another one, whose views are its own; making one takes 5 ms, where
    defining the functions anew would take 400."""
    from pyspark.sql import SparkSession

    held: Any = session
    return SparkSession(held.sparkContext, held._jsparkSession.cloneSession())
