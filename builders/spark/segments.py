"""Stored tiles as Spark reads them: in buckets by their entity's key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from builders.layout import EntityLayout
from builders.spark.names import ddl, quoted, url_of
from builders.sql.tiles import HOP_START

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_segments(
    session: SparkSession, paths: Sequence[str], types: Mapping[str, str] | None, layout: EntityLayout | None
) -> DataFrame:
    """Tiles with columns of these types, or with all that the segments have.

    With a layout, those in its buckets are read as such; others are moved, and only they.
    """
    if types is None:
        whole = session.read.option("mergeSchema", True).parquet(*map(url_of, paths))
        if layout is None:
            return whole
        types = {field.name: field.dataType.simpleString() for field in whole.schema.fields}
    placed = [path for path in paths if layout is not None and layout.holds(path)]
    others = [path for path in paths if path not in placed]
    parts = [_read_buckets(session, placed, types, layout)] if layout is not None and placed else []
    if others:
        rows = session.read.schema(ddl(types)).parquet(*map(url_of, others))
        parts.append(rows if layout is None else move(rows, layout))
    return parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1])


def move(rows: DataFrame, layout: EntityLayout) -> DataFrame:
    """Rows where a layout says: by a number, or adaptive execution would merge partitions."""
    return rows.repartition(layout.buckets, *map(quoted, layout.keys))


def place(rows: DataFrame, layout: EntityLayout) -> DataFrame:
    """Rows where a layout says; those that are there already stay."""
    return rows if is_placed(rows, layout) else move(rows, layout)


def place_together(parts: Sequence[DataFrame], layout: EntityLayout) -> DataFrame:
    """The rows of parts with the same columns where a layout says; those that are there already stay."""
    from pyspark.sql import DataFrame
    from pyspark.sql.functions import col

    if len(parts) == 1:
        return place(parts[0], layout)
    # Under new names, or Spark does not see of a union that each part's rows are in place.
    renamed = [part.select(*(col(quoted(name)).alias(name) for name in part.columns)) for part in parts]
    return reduce(DataFrame.union, (place(part, layout) for part in renamed))


def is_placed(rows: DataFrame, layout: EntityLayout) -> bool:
    """Whether rows are where a layout says: in as many partitions as there are buckets, by the hash of its keys."""
    plan: Any = rows._jdf.queryExecution().executedPlan()
    spread = re.sub(r"#\d+L?", "", plan.outputPartitioning().toString())
    return f"hashpartitioning({', '.join(layout.keys)}, {layout.buckets})" in spread


def _read_buckets(
    session: SparkSession, folders: Sequence[str], types: Mapping[str, str], layout: EntityLayout
) -> DataFrame:
    """Folders of buckets as a relation of which Spark knows where rows are. SQL has a way to say that of tables alone,
    and tables are in a catalog that all sessions share."""
    from pyspark.sql.classic.dataframe import DataFrame as Classic

    held: Any = session
    java, jvm = held._jsparkSession, held._jvm
    sources, some = jvm.org.apache.spark.sql.execution.datasources, jvm.scala.Option.apply
    listed, nothing = jvm.PythonUtils.toSeq, jvm.scala.Option.empty()
    schema = jvm.org.apache.spark.sql.types.StructType.fromDDL(ddl(types))
    options = jvm.PythonUtils.toScalaMap({})
    roots = listed([jvm.org.apache.hadoop.fs.Path(f"file://{folder}") for folder in folders])
    cache = getattr(getattr(sources, "NoopCache$"), "MODULE$")
    files = sources.InMemoryFileIndex(java, roots, options, some(schema), cache, nothing, nothing)
    columns, order = listed(list(layout.keys)), listed([*layout.keys, HOP_START])
    buckets = jvm.org.apache.spark.sql.catalyst.catalog.BucketSpec(layout.buckets, columns, order)
    nowhere = jvm.org.apache.spark.sql.types.StructType()
    relation = sources.HadoopFsRelation(
        files, nowhere, schema, some(buckets), sources.parquet.ParquetFileFormat(), options, java
    )
    return Classic(java.baseRelationToDataFrame(relation), session)
