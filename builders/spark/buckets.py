"""Writing tiles in buckets by their entity's key: any number of segments in one job."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from builders.engine import SegmentTask
from builders.layout import EntityLayout, bucket_file
from builders.spark.names import quoted
from builders.spark.segments import place
from builders.spark.syntax import SYNTAX
from builders.sql.ast import alias, call, case, cast, column, number
from builders.sql.tiles import HOP_START

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

_SEGMENT: Final = "__segment"
"""The column that says to which of the tasks a tile goes, and the folder that it is in while it is written."""

_MISPLACED: Final = "misplaced"


def write_buckets(
    tiles: DataFrame,
    stored: Sequence[str],
    layout: EntityLayout,
    tasks: Sequence[SegmentTask],
    totals: Sequence[exp.AggFunc] = (),
) -> list[tuple[Path, tuple[Any, ...]]]:
    """Write the columns `stored` of tiles into one file a bucket, sorted by entity and time; returns each segment's
    folder and, over its tiles, these aggregates of one argument. Tiles that are spread by their key already stay.

    Raises:
        RuntimeError: a tile came into another bucket than that of its key.
    """
    from pyspark.sql import Observation, functions

    alone = len(tasks) == 1
    rows = place(tiles, layout).withColumn(_SEGMENT, functions.expr(_text(_task_of(tasks))))
    order = [*layout.keys, HOP_START]
    rows = rows.sortWithinPartitions(*map(quoted, order if alone else [_SEGMENT, *order]))
    metrics = {_MISPLACED: _count_misplaced(layout)}
    for position in range(len(tasks)):
        metrics |= {_metric(position, place): _of_task(total, position) for place, total in enumerate(totals)}
    observed = Observation()
    rows = rows.observe(observed, *(functions.expr(_text(alias(value, name))) for name, value in metrics.items()))
    rows = rows.select(*map(quoted, stored if alone else [*stored, _SEGMENT]))
    # A name of its own: where a value does not fit its limbs the same tiles are written once more.
    writing = tasks[0].folder / f"writing-{uuid.uuid4().hex}"
    try:
        writer = rows.write if alone else rows.write.partitionBy(_SEGMENT)
        writer.option("compression", "zstd").parquet(f"file://{writing}")
        found = observed.get
        if found[_MISPLACED]:
            raise RuntimeError(
                f"{found[_MISPLACED]} tiles are in another bucket than that of their key; they are not used"
            )
        empty = _without_rows(rows.drop(_SEGMENT))
        written = []
        for position, task in enumerate(tasks):
            folder = task.folder / layout.folder
            _adopt(writing if alone else writing / f"{_SEGMENT}={position}", folder, layout, empty)
            written.append((folder, tuple(found[_metric(position, place)] for place in range(len(totals)))))
        return written
    finally:
        shutil.rmtree(writing, ignore_errors=True)


def _task_of(tasks: Sequence[SegmentTask]) -> exp.Expression:
    """The place among the tasks, which are in order of time, of the one that a tile belongs to."""
    hop_start = column(HOP_START)
    ends = [
        exp.If(this=exp.LT(this=hop_start.copy(), expression=number(task.end)), true=number(position))
        for position, task in enumerate(tasks[:-1])
    ]
    last = number(len(tasks) - 1)
    return exp.Case(ifs=ends, default=last) if ends else last


def _count_misplaced(layout: EntityLayout) -> exp.Expression:
    """Readers hash keys of the layout's types, whatever types they were written as."""
    keys = [cast(column(key), kind) for key, kind in zip(layout.keys, layout.types, strict=True)]
    bucket = call("pmod", call("hash", *keys), number(layout.buckets))
    return call("count_if", exp.NEQ(this=bucket, expression=call("spark_partition_id")))


def _metric(position: int, place: int) -> str:
    return f"total_{position}_{place}"


def _of_task(total: exp.AggFunc, position: int) -> exp.Expression:
    """An aggregate over the tiles of one task; what is observed takes no FILTER."""
    ours = exp.EQ(this=column(_SEGMENT), expression=number(position))
    value = number(1) if isinstance(total.this, exp.Star) else total.this.copy()
    return type(total)(this=case(ours, value))


def _text(expression: exp.Expression) -> str:
    return str(expression.sql(dialect=SYNTAX))


def _without_rows(rows: DataFrame) -> pa.Table:
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(rows.schema).empty_table()


def _adopt(writing: Path, folder: Path, layout: EntityLayout, empty: pa.Table) -> None:
    """Give the files that tasks wrote the names of buckets; a bucket without tiles gets a file without rows, so that a
    missing one is noticed."""
    import pyarrow.parquet as pq

    folder.mkdir()
    for file in writing.glob("part-*.parquet"):
        file.rename(folder / bucket_file(int(file.name.split("-")[1])))
    for bucket in range(layout.buckets):
        if not (folder / bucket_file(bucket)).exists():
            pq.write_table(empty, folder / bucket_file(bucket))
