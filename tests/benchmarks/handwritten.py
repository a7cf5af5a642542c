"""The frame that an engineer would write by hand in DuckDB: one as-of join a view, and a ttl."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from tests.benchmarks import datasets, repositories


def open_handwritten(spine: pa.Table) -> duckdb.DuckDBPyConnection:
    """A connection that sees the spine as `spine`, with as many threads as our engine has.

    It stays open over all runs, so that DuckDB's cache of files helps it, and rows may come in any order.
    """
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET threads = {repositories.THREADS}")
    connection.execute("SET preserve_insertion_order = false")
    connection.register("spine", spine)
    return connection


def handwritten_query() -> str:
    """The query over the sources' files."""
    numbers = range(1, datasets.VIEWS + 1)
    values = [
        f"CASE WHEN s{view}.event_timestamp >= spine.event_timestamp - INTERVAL {repositories.TTL_DAYS} DAY "
        f"THEN s{view}.{feature} END AS {feature}"
        for view in numbers
        for feature in datasets.latest_features(view)
    ]
    joins = [
        f"ASOF LEFT JOIN read_parquet('{datasets.latest_source(view)}') AS s{view} "
        f"ON s{view}.{repositories.KEY} = spine.{repositories.KEY} "
        f"AND s{view}.event_timestamp < spine.event_timestamp"
        for view in numbers
    ]
    return f"SELECT spine.*, {', '.join(values)} FROM spine {' '.join(joins)}"
