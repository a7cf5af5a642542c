"""Running statements: on a session of their own, with the files that they read declared as its views."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from builders.spark.dialect import SparkDialect
from builders.spark.relations import Relations, quoted
from builders.spark.session import clone_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Statements:
    """Implements `builders.tasks.database.Database` on a session of its own, in which there are no views of others."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session
        self.relations = Relations(session)
        self.dialect = SparkDialect(self.relations)
        self._held: list[DataFrame] = []

    def frame(self, query: exp.Query) -> DataFrame:
        """The answer as a DataFrame, not yet computed."""
        return self.session.sql(str(query.sql(dialect=self.dialect.name, copy=False)))

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.frame(query).collect()]

    def columns(self, query: exp.Query) -> dict[str, str]:
        return {item.name: item.dataType.simpleString().upper() for item in self.frame(query).schema.fields}

    def hold(self, name: str, query: exp.Query, by: Sequence[str] = ()) -> None:
        """Compute an answer once, spread over the partitions of a shuffle by columns, if there are any."""
        rows = self.frame(query)
        if by:
            # By number, or adaptive execution would merge partitions, and what is joined would have to move.
            count = int(self.session.conf.get("spark.sql.shuffle.partitions") or 1)
            rows = rows.repartition(count, *map(quoted, by))
        held = rows.persist()
        held.createOrReplaceTempView(name)
        self._held.append(held)

    def write(self, query: exp.Query, order: Sequence[str], file: Path) -> int:
        return self.write_frame(self.frame(query), order, file)

    def write_frame(self, rows: DataFrame, order: Sequence[str], file: Path, but: Sequence[str] = ()) -> int:
        """Write rows as one Parquet file, sorted by columns and without those `but`; returns its bytes."""
        in_order = rows.repartition(1).sortWithinPartitions(*map(quoted, order)).drop(*but)
        folder = file.with_name(f"{file.name}.parts")
        in_order.write.mode("overwrite").option("compression", "zstd").parquet(f"file://{folder}")
        (part,) = folder.glob("part-*.parquet")
        part.replace(file)
        shutil.rmtree(folder)
        return file.stat().st_size

    def close(self) -> None:
        """Let go of what was held."""
        for held in self._held:
            held.unpersist()


@contextmanager
def statements(session: SparkSession) -> Iterator[Statements]:
    """Statements on a copy of a session, which lets go at the end of what it held."""
    opened = Statements(clone_session(session))
    try:
        yield opened
    finally:
        opened.close()
