"""Every operator and function, compiled for DuckDB, against plain Python over awkward values."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings

from builders.duckdb.expressions import compile_expression
from definitions.expressions import ExpressionError, parse_expression
from definitions.functions import FUNCTIONS
from definitions.types import parse_type
from tests.definitions.expression_reference import AWKWARD, COLUMNS, evaluate
from tests.definitions.expression_texts import expression_texts

TYPES = {name: parse_type(text) for name, text in COLUMNS.items()}
SQL_TYPES = {"string": "VARCHAR"}
ROWS = 700

EACH_OPERATOR = [
    "x", "f", "i", "m", "p", "s", "u", "x + y", "x - y", "x * y", "x / y", "x / 0", "-x", "x + i", "i + j", "i - j",
    "i * j", "b + c", "b - c", "b * c", "b / c", "-b", "-i", "b + 1", "i + 5L", "b % c", "i % j", "b % 3", "b % -1",
    "i % -1", "b % i", "m + n", "m - n", "m * n", "m + i", "m * b", "i * m", "n / m", "m + 1.5", "m * x", "-m",
    "m * m", "f + x",
    "x < y", "x <= y", "x > 1", "x = y", "x <> y", "x <=> y", "s < t", "s = t", "s <=> t", "d < e", "d < u", "u = v",
    "p = q", "p < q", "b = x", "b < n", "i = b", "m < n", "m = 1.5", "p and q", "p or q", "not p",
    "p and not q or p is null", "x is null", "x is not null", "1 / x is null", "p is true", "p is not true",
    "p is not false", "x between -1 and 2", "i in (1, -7)", "i not in (1, 2)", "s in ('a', 'it\\'s')", "x in (1, 0.5)",
    "p in (true)", "p in (true, false)", "u in (timestamp '1970-01-01')", "s like 'a%'", "s not like '%a%'",
    "s like '_'", "s like '50\\%'", "s like '%\\\\%'", "s like 'a\\_b'", "s like 'line%'",
    "case when p then x when q then y end", "case i when 1 then 'one' when -7 then 'seven' else s end",
    "if(x > 0, x, -x)", "coalesce(x, y, 0)", "coalesce(1 / x, 5)", "ifnull(i, b)", "nvl2(x, 1, 0)", "nullif(x, 1)",
    "nullif(i, 1)", "x + y + x", "(x * y) / (x * y)", "1 / (x * y)", "1 / (1 / x)", "x - (y - 1 / x)", "b + c + i",
    "exp(1 / x)", "pow(1 / x, 0)", "floor(x / y)", "floor(x)", "ceil(x)", "floor(m)", "ceil(m)", "floor(n)", "ceil(n)",
    "floor(i)", "ceil(b)", "abs(x)", "abs(i)", "abs(b)", "abs(m)", "sqrt(x)", "ln(x)", "log10(x)", "exp(x)", "exp(-x)",
    "pow(x, y)", "pow(i, 0.5)", "greatest(x, y)", "least(x, y, 0)", "greatest(i, b)", "greatest(s, t)", "least(d, e)",
    "lower(s)", "upper(t)", "trim(s)", "length(s)", "substring(s, 2, 3)", "substring(s, 1, 0)", "concat(s, '-', t)",
    "s || t", "year(u)", "year(d)", "quarter(d)", "month(u)", "weekofyear(d)", "weekofyear(u)", "day(u)", "day(d)",
    "dayofweek(d)", "dayofweek(u)", "dayofyear(d)", "hour(u)", "hour(d)", "minute(u)", "second(u)", "unix_micros(u)",
    "unix_micros(u) - unix_micros(v)", "unix_micros(d)", "datediff(d, e)", "datediff(u, d)", "cast(x as bigint)",
    "cast(x as int)", "cast(b as int)", "cast(i as bigint)", "cast(b as double)", "cast(p as int)",
    "cast(p as double)", "cast(p as bigint)", "cast(x as boolean)", "cast(i as boolean)",
    "cast(s as bigint)", "cast(s as int)", "cast(s as double)", "cast(i as string)", "cast(p as string)",
    "cast(m as int)", "cast(n as bigint)", "cast(n as double)", "cast(m as double)", "cast(m as decimal(4,1))",
    "cast(n as decimal(20,1))", "cast(b as decimal(12,2))", "cast(i as decimal(5,0))", "cast(d as timestamp)",
    "cast(u as date)", "cast('1.50' as decimal(5,2)) + m", "1.5", "5L", "-9223372036854775808", "1e300 * x", "'a\\\\b'",
    "true", "timestamp '2013-01-01 02:00:00.5+01:00'", "date '1969-01-01'", "x < -1.5", "- (-b)", "-(-9.5) - -x",
]  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" {SQL_TYPES.get(text, text)}' for name, text in COLUMNS.items())
        connection.execute(f"CREATE TABLE awkward (position INT, {columns})")
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        rows = [[i, *(naive(row[name]) for name in COLUMNS)] for i, row in enumerate(awkward_rows())]
        connection.executemany(f"INSERT INTO awkward VALUES ({marks})", rows)
        yield connection


def awkward_rows() -> list[dict[str, Any]]:
    """Each pair of awkward values of the columns that meet most, and random company for the rest."""
    chance = random.Random(7)
    pairs = [*itertools.product(AWKWARD["double"], AWKWARD["double"])]
    whole = [*itertools.product(AWKWARD["bigint"], AWKWARD["bigint"])]
    rows = []
    for position in range(ROWS):
        row = {name: chance.choice(AWKWARD[text]) for name, text in COLUMNS.items()}
        row["x"], row["y"] = pairs[position % len(pairs)]
        row["b"], row["c"] = whole[position % len(whole)]
        row["s"] = AWKWARD["string"][position % len(AWKWARD["string"])]
        rows.append(row)
    return rows


def naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def agree(found: Any, expected: Any) -> bool:
    if isinstance(found, datetime):
        found = found.replace(tzinfo=UTC)
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, float):
        return isinstance(found, float) and math.isclose(found, expected, rel_tol=1e-14, abs_tol=5e-324)
    return found == expected and isinstance(found, bool) == isinstance(expected, bool)


def assert_agrees(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    expression = parse_expression(text, TYPES)
    sql = compile_expression(expression.canonical, TYPES).sql("duckdb")
    found = connection.execute(f"SELECT {sql}, typeof({sql}) FROM awkward ORDER BY position").fetchall()
    for row, (value, _) in zip(awkward_rows(), found, strict=True):
        expected = evaluate(expression.term, row)
        reads = {name: row[name] for name in expression.columns}
        assert agree(value, expected), f"{text}: {value!r}, expected {expected!r} over {reads}: {sql}"
        if value is None and not expression.fallible:
            assert None in reads.values() or "null" in text or "case" in text, f"{text} failed over {reads}"
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


def test_letters_change_case_one_for_one_but_for_those_that_have_no_single_counterpart(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    types = {"s": parse_type("string")}
    for name, special in (("lower", 1), ("upper", 102)):
        sql = compile_expression(f"{name}(s)", types).sql("duckdb")
        rows = connection.execute(
            f"SELECT s, {sql} FROM (SELECT chr(i::INT) AS s FROM range(1, 1114112) r(i) "
            "WHERE i NOT BETWEEN 55296 AND 57343)"
        ).fetchall()
        changed = [s for s, found in rows if getattr(s, name)() != found]
        assert len(changed) == special
        assert all(len(getattr(s, name)()) > 1 for s in changed)


def test_a_decimal_of_many_digits_becomes_the_nearest_double(connection: duckdb.DuckDBPyConnection) -> None:
    types = {"n": parse_type("decimal(38,10)")}
    sql = compile_expression("cast(n as double)", types).sql("duckdb")
    chance = random.Random(3)
    for _ in range(300):
        value = Decimal(chance.randrange(-(10**37), 10**37)).scaleb(-10)
        found = connection.execute(f"SELECT {sql} FROM (SELECT ?::DECIMAL(38,10) AS n)", [str(value)]).fetchall()
        assert found == [(float(value),)]


def test_nested_guards_stay_small() -> None:
    text = "x"
    for _ in range(6):
        text = f"1 / ({text})"
    assert len(compile_expression(text, TYPES).sql("duckdb")) < 10_000
