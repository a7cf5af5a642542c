"""The entity dataframe as Spark sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builders.engine import Spine
from builders.spark.file_types import NANOSECONDS, read_schema, spark_type
from builders.spark.names import quoted, url_of
from builders.spark.source_files import accepts
from builders.spark.statements import Statements
from builders.sql.pairs import ENTITY_DATAFRAME, ROW
from builders.tasks.spine import check_columns
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame

    from builders.engine import SpineData

_NO_TYPE: Final = "VOID"
"""What a column without any value is."""


def open_spine(data: SpineData, timestamp: str | None, keys: Mapping[str, DataType]) -> Spine:
    """Look at the columns of an entity dataframe.

    Raises:
        RequestError: the timestamp or a key column is not there or of another type.
    """
    types = _types(data)
    check_columns(types, timestamp, keys, lambda kind, found: found == _NO_TYPE or accepts(kind, found))
    return Spine(data, timestamp, tuple(types), types)


def _types(data: SpineData) -> dict[str, str]:
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return {field.name: spark_type(_readable_type(field.type)) for field in data.schema}
    if isinstance(data, tuple):
        return {field.name: spark_type(_readable_type(field.type)) for field in read_schema(data[0])}
    return {field.name: field.dataType.simpleString().upper() for field in data.schema.fields}


def bind_spine(opened: Statements, data: SpineData) -> None:
    """Make an entity dataframe available under its name, with its row number.

    Of tables and files it is the same however often they are read. A DataFrame has no order: its rows are numbered as
    they come.
    """
    _rows(opened, data).createOrReplaceTempView(ENTITY_DATAFRAME)


def _rows(opened: Statements, data: SpineData) -> DataFrame:
    import pyarrow as pa
    from pyspark.sql import functions

    if isinstance(data, pa.Table):
        numbers = pa.array(range(data.num_rows), pa.int64())
        return opened.session.createDataFrame(_readable(data).append_column(ROW, numbers))
    if isinstance(data, tuple):
        return _numbered_files(opened, data)
    return _adopt(opened, data).withColumn(ROW, functions.monotonically_increasing_id())


def _adopt(opened: Statements, data: DataFrame) -> DataFrame:
    """A DataFrame of another session of the application as one of ours, so that our settings hold for what is made of
    it."""
    from pyspark.sql.classic.dataframe import DataFrame as Classic

    session: Any = opened.session
    plans = session._jvm.org.apache.spark.sql.classic.Dataset
    return Classic(plans.ofRows(session._jsparkSession, data._jdf.queryExecution().analyzed()), session)


def _readable(table: pa.Table) -> pa.Table:
    """The table with types that Spark can take: of nanoseconds the microsecond at or before them; what has no type is
    a text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = _readable_type(field.type)
        whole = pc.floor_temporal(column, unit="microsecond") if pa.types.is_timestamp(kind) else column
        columns.append(whole.cast(pa.string() if pa.types.is_null(kind) else kind))
    return pa.Table.from_arrays(columns, table.column_names)


def _readable_type(kind: pa.DataType) -> pa.DataType:
    """The type without a dictionary, and a timestamp in microseconds."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        value: pa.DataType = kind.value_type
        return value
    return pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else kind


def _numbered_files(opened: Statements, files: tuple[Path, ...]) -> DataFrame:
    """Rows of files numbered in the files' order, by the place that each has in its file."""
    import pyarrow.parquet as pq
    from pyspark.sql import functions

    numbered = []
    before = 0
    for file in files:
        columns = [_microseconds(field) for field in read_schema(file)]
        number = functions.col("_metadata.row_index") + functions.lit(before)
        numbered.append(opened.session.read.parquet(url_of(file)).select(*columns, number.alias(ROW)))
        before += pq.read_metadata(file).num_rows
    whole = numbered[0]
    for rows in numbered[1:]:
        whole = whole.unionByName(rows)
    return whole


def _microseconds(field: pa.Field[Any]) -> Column:
    """A column of a file; of nanoseconds, which Spark reads as numbers, the timestamp at or before them."""
    from pyspark.sql import functions

    column = functions.col(quoted(field.name))
    if spark_type(field.type) != NANOSECONDS:
        return column
    whole = functions.expr(f"timestamp_micros(floor_to_hop({quoted(field.name)}, 1000) DIV 1000)")
    return whole.cast(spark_type(_readable_type(field.type))).alias(field.name)
