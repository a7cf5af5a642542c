"""How Spark runs in tests: two threads, loopback alone."""

from __future__ import annotations

from typing import Final

from builders.spark.session import SparkSettings

SETTINGS: Final = SparkSettings(
    "local[2]",
    {
        "spark.driver.memory": "3g",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
    },
)
