"""Every operator and function, compiled for DuckDB, against plain Python over awkward values."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings

from builders.duckdb.expressions import compile_expression
from definitions.expressions import ExpressionError, parse_expression
from definitions.functions import FUNCTIONS
from definitions.types import parse_type
from tests.builders.awkward import EACH_OPERATOR, TYPES, assert_values, awkward_rows
from tests.definitions.expression_reference import COLUMNS, simple_case
from tests.definitions.expression_texts import expression_texts

SQL_TYPES = {"string": "VARCHAR"}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" {SQL_TYPES.get(text, text)}' for name, text in COLUMNS.items())
        connection.execute(f"CREATE TABLE awkward (position INT, {columns})")
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        rows = [[i, *(naive(row[name]) for name in COLUMNS)] for i, row in enumerate(awkward_rows())]
        connection.executemany(f"INSERT INTO awkward VALUES ({marks})", rows)
        yield connection


def naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def assert_agrees(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    expression = parse_expression(text, TYPES)
    sql = str(compile_expression(expression.canonical, TYPES).sql("duckdb"))
    found = connection.execute(f"SELECT {sql}, typeof({sql}) FROM awkward ORDER BY position").fetchall()
    assert_values(text, expression, sql, [value for value, _ in found])
    names = {"string": "VARCHAR", "int": "INTEGER"}
    type_name = found[0][1]
    assert type_name == names.get(expression.type.name, str(expression.type).upper()), f"{text}: {type_name}, {sql}"


@pytest.mark.parametrize("text", EACH_OPERATOR)
def test_an_operator_means_on_duckdb_what_it_means_in_python(text: str, connection: duckdb.DuckDBPyConnection) -> None:
    assert_agrees(connection, text)


def test_every_function_is_among_the_proven_ones() -> None:
    used = {t.operator for text in EACH_OPERATOR for t in parse_expression(text, TYPES).term.walk()}
    assert set(FUNCTIONS) <= used


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=expression_texts())
def test_random_expressions_mean_on_duckdb_what_they_mean_in_python(
    text: str, connection: duckdb.DuckDBPyConnection
) -> None:
    try:
        parse_expression(text, TYPES)
    except ExpressionError:
        assume(False)
    assert_agrees(connection, text)


def test_a_repeated_part_is_not_moved_out_of_its_guard(connection: duckdb.DuckDBPyConnection) -> None:
    for text in ("-(-((i + b) + (i + b)))", "(b % i) + (b % i)", "(b * c) - (b * c)", "abs(-b) + abs(-b)"):
        assert_agrees(connection, text)


def test_plain_columns_and_safe_operators_stay_plain() -> None:
    def compiled(text: str) -> str:
        return str(compile_expression(text, TYPES).sql("duckdb"))

    assert compiled("i") == '"i"'
    assert compiled("s = 'a' and p") == '"p" AND "s" = \'a\''
    assert compiled("i < 5") == '"i" < 5'
    assert "TRY" not in compiled("i + j")
    assert compiled("x + y + 1").count("ISFINITE") == 1
    assert compiled("x") == 'CASE WHEN ISFINITE("x") THEN "x" END'


def test_every_letter_changes_case_one_for_one(connection: duckdb.DuckDBPyConnection) -> None:
    types = {"s": parse_type("string")}
    for name in ("lower", "upper"):
        sql = compile_expression(f"{name}(s)", types).sql("duckdb")
        rows = connection.execute(
            f"SELECT s, {sql} FROM (SELECT chr(i::INT) AS s FROM range(1, 1114112) r(i) "
            "WHERE i NOT BETWEEN 55296 AND 57343)"
        ).fetchall()
        assert not [s for s, found in rows if simple_case(s, name == "upper") != found]


def test_a_decimal_of_many_digits_becomes_the_nearest_double(connection: duckdb.DuckDBPyConnection) -> None:
    types = {"n": parse_type("decimal(38,10)")}
    sql = compile_expression("cast(n as double)", types).sql("duckdb")
    chance = random.Random(3)
    for _ in range(300):
        value = Decimal(chance.randrange(-(10**37), 10**37)).scaleb(-10)
        found = connection.execute(f"SELECT {sql} FROM (SELECT ?::DECIMAL(38,10) AS n)", [str(value)]).fetchall()
        assert found == [(float(value),)]


def test_a_product_of_narrowed_integers_has_the_digits_it_needs(connection: duckdb.DuckDBPyConnection) -> None:
    text = "cast(i as decimal(18,0)) * cast(i as decimal(18,0))"
    sql = compile_expression(text, {"i": parse_type("bigint")}).sql("duckdb")
    found = connection.execute(f"SELECT {sql} FROM (SELECT 3037000500::BIGINT AS i)").fetchall()
    assert found == [(Decimal(3037000500**2),)]


def test_nested_guards_stay_small() -> None:
    text = "x"
    for _ in range(6):
        text = f"1 / ({text})"
    assert len(compile_expression(text, TYPES).sql("duckdb")) < 10_000
