"""Every operator and function, compiled for Spark, against plain Python over awkward values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.spark.engine import SparkEngine
from builders.spark.expressions import compile_expression
from builders.spark.session import Statements
from builders.spark.syntax import SYNTAX
from definitions.expressions import Expression, ExpressionError, parse_expression
from definitions.types import DataType
from tests.builders.test_expressions import EACH_OPERATOR, TYPES, agree, awkward_rows
from tests.definitions.expression_reference import evaluate
from tests.definitions.expression_texts import expression_texts

TOGETHER = 24
"""How many expressions one query computes."""

ARROW = {
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def _arrow_type(kind: DataType) -> pa.DataType:
    return pa.decimal128(kind.precision, kind.scale) if kind.is_decimal else ARROW[kind.name]


@pytest.fixture(scope="module")
def awkward(engine: SparkEngine) -> Iterator[Statements]:
    rows = awkward_rows()
    columns = {name: pa.array([row[name] for row in rows], _arrow_type(kind)) for name, kind in TYPES.items()}
    with engine.working("testing") as opened:
        given_rows = opened.session.createDataFrame(pa.table({"position": range(len(rows)), **columns}))
        for name, kind in TYPES.items():
            if kind.name == "timestamp":
                given_rows = given_rows.withColumn(name, given_rows[name].cast("timestamp_ntz"))
        given_rows.persist().createOrReplaceTempView("awkward")
        yield opened


def assert_agree(opened: Statements, texts: Sequence[str]) -> None:
    expressions = [parse_expression(text, TYPES) for text in texts]
    compiled = [compile_expression(item.canonical, TYPES).sql(SYNTAX) for item in expressions]
    columns = ", ".join(f"{sql} AS c{position}" for position, sql in enumerate(compiled))
    computed = opened.session.sql(f"SELECT {columns} FROM awkward ORDER BY position")
    table = computed.toArrow()
    for position, (text, expression, sql) in enumerate(zip(texts, expressions, compiled, strict=True)):
        kind = computed.schema.fields[position].dataType.simpleString()
        assert kind == {"timestamp": "timestamp_ntz"}.get(str(expression.type), str(expression.type)), f"{text}: {sql}"
        _assert_values(text, expression, sql, table.column(position).to_pylist())


def _assert_values(text: str, expression: Expression, sql: str, found: Sequence[object]) -> None:
    for row, value in zip(awkward_rows(), found, strict=True):
        expected = evaluate(expression.term, row)
        reads = {name: row[name] for name in expression.columns}
        assert agree(value, expected), f"{text}: {value!r}, expected {expected!r} over {reads}: {sql}"


@pytest.mark.parametrize("first", range(0, len(EACH_OPERATOR), TOGETHER))
def test_an_operator_means_on_spark_what_it_means_in_python(first: int, awkward: Statements) -> None:
    assert_agree(awkward, EACH_OPERATOR[first : first + TOGETHER])


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(expression_texts(), min_size=TOGETHER, max_size=TOGETHER))
def test_random_expressions_mean_on_spark_what_they_mean_in_python(texts: list[str], awkward: Statements) -> None:
    assert_agree(awkward, [text for text in texts if _is_readable(text)] or ["x"])


def _is_readable(text: str) -> bool:
    try:
        parse_expression(text, TYPES)
    except ExpressionError:
        return False
    return True
