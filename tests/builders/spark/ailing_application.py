"""An application with much wrong with it, for its event log: compressed and rolling, as Spark writes them by itself.

python -m tests.builders.spark.ailing_application FOLDER
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

TEXT = b"".join(b'{"Event":"SparkListenerTaskEnd","Stage ID":%d}\n' % (number * 7919) for number in range(40_000))
CODECS = ("zstd", "lz4", "snappy", "lzf")


def ail(folder: Path) -> None:
    """Run it: the log goes to `logs` in the folder, and TEXT, as Spark compresses it, to `text.<codec>`."""
    (folder / "logs").mkdir()
    session = _start(folder)
    _compress(session, folder)
    _read_small_files(session, folder / "small")
    _shuffle_to(session, 400, "SELECT /*+ REPARTITION(id) */ id FROM range(1000)")
    _shuffle_to(session, 1, "SELECT row_number() OVER (PARTITION BY 1 ORDER BY CAST(id AS STRING)) FROM range(1600000)")
    asleep = "reflect('java.lang.Thread', 'sleep', IF(key = 0, 300L, 0L))"
    _shuffle_to(session, 8, f"SELECT {asleep} FROM (SELECT /*+ REPARTITION(key) */ id % 16 AS key FROM range(200))")
    with suppress(PySparkException):
        session.sql("SELECT raise_error('the disk is full')").collect()
    session.stop()


def _start(folder: Path) -> SparkSession:
    settings = {
        "spark.ui.enabled": "false",
        "spark.log.level": "OFF",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # With 300 MB taken off and a tenth left to tasks, some 15 MB for each of two.
        "spark.driver.memory": "600m",
        "spark.memory.fraction": "0.1",
        # It is over before better compiled code would pay.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.sql.adaptive.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.eventLog.dir": (folder / "logs").as_uri(),
    }
    builder = SparkSession.builder.master("local[2]").appName("ailing")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _compress(session: SparkSession, folder: Path) -> None:
    context: Any = session.sparkContext
    codecs = context._jvm.org.apache.spark.io.CompressionCodec
    for name in CODECS:
        codec = codecs.createCodec(context._jsc.sc().conf(), name)
        file = context._jvm.java.io.FileOutputStream(str(folder / f"text.{name}"))
        stream = codec.compressedContinuousOutputStream(file)
        stream.write(TEXT)
        stream.close()


def _read_small_files(session: SparkSession, folder: Path) -> None:
    folder.mkdir()
    for number in range(60):
        pq.write_table(pa.table({"id": [number]}), folder / f"{number}.parquet")
    session.read.parquet(folder.as_uri()).groupBy().sum("id").collect()


def _shuffle_to(session: SparkSession, partitions: int, query: str) -> None:
    session.conf.set("spark.sql.shuffle.partitions", str(partitions))
    session.sql(query).write.format("noop").mode("overwrite").save()


if __name__ == "__main__":
    ail(Path(sys.argv[1]))
