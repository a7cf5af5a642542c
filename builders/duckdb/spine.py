"""The entity dataframe as DuckDB sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from builders.duckdb.connection import Connection
from builders.duckdb.source_files import accepts
from builders.engine import Spine, is_spark_dataframe
from builders.sql.ast import alias, minus, number, select, text
from builders.sql.pairs import ENTITY_DATAFRAME, ROW
from builders.tasks.spine import check_columns
from definitions.errors import RequestError
from definitions.types import DataType

if TYPE_CHECKING:
    from builders.engine import SpineData

_GIVEN = "given"
_NO_TYPE = ("NULL", '"NULL"')
"""What a column without any value is."""


def open_spine(connection: Connection, data: SpineData, timestamp: str | None, keys: Mapping[str, DataType]) -> Spine:
    """Look at the columns of an entity dataframe.

    Raises:
        RequestError: the timestamp or a key column is not there or of another type.
    """
    bind_spine(connection, data)
    types = connection.columns(select("*").from_(ENTITY_DATAFRAME, copy=False))
    del types[ROW]
    check_columns(types, timestamp, keys, lambda kind, found: found in _NO_TYPE or accepts(kind, found))
    return Spine(data, timestamp, tuple(types), types)


def bind_spine(connection: Connection, data: SpineData) -> None:
    """Make an entity dataframe available under its name, with its row number.

    Raises:
        RequestError: it is a DataFrame of Spark.
    """
    number_rows = exp.Window(this=exp.RowNumber())
    numbered = select(alias(minus(number_rows, number(1)), ROW), "*")
    if isinstance(data, tuple):
        files = exp.Array(expressions=[text(str(file)) for file in data])
        given = numbered.from_(exp.Anonymous(this="read_parquet", expressions=[files]), copy=False)
    elif is_spark_dataframe(data):
        raise RequestError(
            "the entity dataframe is Spark's, and the engine is DuckDB; hand its session over with "
            "FeatureStore(..., spark=spark), or give its rows as Parquet"
        )
    else:
        connection.native.register(_GIVEN, data)
        given = numbered.from_(_GIVEN, copy=False)
    view = exp.Create(
        this=exp.to_table(ENTITY_DATAFRAME),
        kind="VIEW",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=given,
    )
    connection.run(view)
