"""Running statements: on a session of their own, with the files that they read declared as its views."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from builders.engine import SegmentTask
from builders.layout import EntityLayout, layout_of
from builders.plan import BuildTiles
from builders.spark.buckets import write_buckets
from builders.spark.dialect import SparkDialect
from builders.spark.names import quoted
from builders.spark.relations import Relations
from builders.spark.segments import place_together
from builders.spark.session import clone_session
from builders.spark.tile_exchange import parts_by_what_crosses
from builders.sql.render import render_statement
from builders.sql.tiles import stored_columns
from definitions.durations import BEGINNING, END

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_FOR_TOTALS: Final = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.hugeMethodLimit": "8000",
}
"""For a statement that adds up a thousand columns: adaptive execution would plan and compile what is left of it anew
after each stage, and Java runs methods of more than 8,000 bytes without compiling them."""


class Statements:
    """Implements `builders.tasks.database.Database` on a session of its own, in which there are no views of others."""

    spreads_tiles = True

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

    def totals(self, query: exp.Query) -> list[tuple[Any, ...]]:
        before = {name: str(self.session.conf.get(name)) for name in _FOR_TOTALS}
        try:
            self._set(_FOR_TOTALS)
            return self.rows(query)
        finally:
            self._set(before)

    def _set(self, settings: Mapping[str, str]) -> None:
        for name, value in settings.items():
            self.session.conf.set(name, value)

    def table(self, query: exp.Query) -> pa.Table:
        return self.frame(query).toArrow()

    def columns(self, query: exp.Query) -> dict[str, str]:
        return {item.name: item.dataType.simpleString().upper() for item in self.frame(query).schema.fields}

    def hold(self, name: str, query: exp.Query) -> None:
        # What is held is found again by its plan, which must not have names that are numbered anew in another plan.
        held = self.frame(without_names(query)).persist()
        self._held.append(held)
        # Now, so that plans of what reads it begin with where its rows are.
        held.count()
        held.createOrReplaceTempView(name)

    def write(self, query: exp.Query, order: Sequence[str], file: Path) -> None:
        self.write_frame(self.frame(query), order, file)

    def write_tiles(self, tiles: exp.Query, layout: EntityLayout, folder: Path) -> Path:
        rows = self.frame(tiles)
        ((path, _),) = write_buckets(rows, rows.columns, layout, [SegmentTask(BEGINNING, END, folder)])
        return path

    def write_segments(
        self, tiles: BuildTiles, tasks: Sequence[SegmentTask], totals: Sequence[exp.AggFunc]
    ) -> list[tuple[Path, tuple[Any, ...]]]:
        layout = layout_of(tiles.table.entity)
        parts = parts_by_what_crosses(self, tiles, layout)
        # Moved as rows they are in their buckets already; added up first, tiles are yet to be moved.
        rows = place_together([self.frame(render_statement(self.dialect, part)) for part in parts], layout)
        return write_buckets(rows, stored_columns(tiles), layout, tasks, totals)

    def write_frame(self, rows: DataFrame, order: Sequence[str], file: Path, but: Sequence[str] = ()) -> None:
        """Write rows as one Parquet file, sorted by columns and without those `but`."""
        in_order = rows.repartition(1).sortWithinPartitions(*map(quoted, order)).drop(*but)
        folder = file.with_name(f"{file.name}.parts")
        in_order.write.mode("overwrite").option("compression", "zstd").parquet(f"file://{folder}")
        (part,) = folder.glob("part-*.parquet")
        part.replace(file)
        shutil.rmtree(folder)

    def close(self) -> None:
        """Let go of what was held."""
        for held in self._held:
            held.unpersist()


def without_names(query: exp.Query) -> exp.Query:
    """The query with each named step in the place where it is read."""
    steps: dict[str, exp.Query] = {}

    def put_in_place(part: exp.Query) -> exp.Query:
        for table in list(part.find_all(exp.Table)):
            if table.name in steps and not table.args.get("db"):
                table.replace(steps[table.name].copy().subquery(table.alias or table.name, copy=False))
        return part

    for step in query.ctes:
        steps[step.alias] = put_in_place(step.this.copy())
    bare = query.copy()
    bare.set("with_", None)
    return put_in_place(bare)


@contextmanager
def statements(session: SparkSession) -> Iterator[Statements]:
    """Statements on a copy of a session, which lets go at the end of what it held."""
    opened = Statements(clone_session(session))
    try:
        yield opened
    finally:
        opened.close()
