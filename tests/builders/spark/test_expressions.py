"""Every operator and function, compiled for Spark, against plain Python over awkward values."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from builders.spark.engine import SparkEngine
from builders.spark.expressions import compile_expression
from builders.spark.statements import Statements
from builders.spark.syntax import SYNTAX
from definitions.expressions import ExpressionError, parse_expression
from definitions.types import DataType, parse_type
from featurestore.view_tests import arrow_type
from tests.builders.awkward import EACH_OPERATOR, TYPES, assert_values, awkward_rows
from tests.definitions.expression_reference import evaluate, simple_case
from tests.definitions.expression_texts import expression_texts

TOGETHER = 24
"""How many expressions one query computes."""


@pytest.fixture(scope="module")
def awkward(engine: SparkEngine) -> Iterator[Statements]:
    rows = awkward_rows()
    columns = {name: pa.array([row[name] for row in rows], arrow_type(kind)) for name, kind in TYPES.items()}
    with engine.working("testing") as opened:
        given_rows = opened.session.createDataFrame(pa.table({"position": range(len(rows)), **columns}))
        for name, kind in TYPES.items():
            if kind.name == "timestamp":
                given_rows = given_rows.withColumn(name, given_rows[name].cast("timestamp_ntz"))
        given_rows.persist().createOrReplaceTempView("awkward")
        yield opened
        given_rows.unpersist()


def compiled(text: str) -> str:
    return str(compile_expression(text, TYPES).sql(SYNTAX))


def assert_agree(opened: Statements, texts: Sequence[str]) -> None:
    expressions = [parse_expression(text, TYPES) for text in texts]
    columns = [compiled(expression.canonical) for expression in expressions]
    selected = ", ".join(f"{sql} AS c{position}" for position, sql in enumerate(columns))
    computed = opened.session.sql(f"SELECT {selected} FROM awkward ORDER BY position")
    table = computed.toArrow()
    for position, (text, expression, sql) in enumerate(zip(texts, expressions, columns, strict=True)):
        kind = computed.schema.fields[position].dataType.simpleString()
        assert kind == {"timestamp": "timestamp_ntz"}.get(str(expression.type), str(expression.type)), f"{text}: {sql}"
        assert_values(text, expression, sql, table.column(position).to_pylist())


@pytest.mark.parametrize("first", range(0, len(EACH_OPERATOR), TOGETHER))
def test_an_operator_means_on_spark_what_it_means_in_python(first: int, awkward: Statements) -> None:
    assert_agree(awkward, EACH_OPERATOR[first : first + TOGETHER])


@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(texts=st.lists(expression_texts(), min_size=TOGETHER, max_size=TOGETHER))
def test_random_expressions_mean_on_spark_what_they_mean_in_python(texts: list[str], awkward: Statements) -> None:
    assert_agree(awkward, [text for text in texts if _is_readable(text)] or ["x"])


def _is_readable(text: str) -> bool:
    try:
        parse_expression(text, TYPES)
    except ExpressionError:
        return False
    return True


def test_decimals_of_many_digits_are_exact(awkward: Statements) -> None:
    types = {name: parse_type(f"decimal({digits})") for name, digits in
             {"h": "38,10", "k": "37,10", "l": "37,10", "g": "18,9", "w": "19,10"}.items()}  # fmt: skip
    chance = random.Random(3)
    rows = [{name: _random_decimal(chance, kind) for name, kind in types.items()} for _ in range(300)]
    columns = {name: pa.array([row[name] for row in rows], arrow_type(kind)) for name, kind in types.items()}
    awkward.session.createDataFrame(pa.table(columns)).createOrReplaceTempView("decimals")
    texts = [
        "-h",
        "abs(h)",
        "k + l",
        "k - l",
        "g * w",
        "floor(h)",
        "ceil(h)",
        "cast(h as double)",
        "h < k",
        "cast(h as bigint)",
        "cast(h as decimal(30,3))",
        "greatest(k, l)",
    ]
    terms = [parse_expression(text, types) for text in texts]
    selected = ", ".join(str(compile_expression(term.canonical, types).sql(SYNTAX)) for term in terms)
    found = awkward.session.sql(f"SELECT {selected} FROM decimals").collect()
    for row, values in zip(rows, found, strict=True):
        assert list(values) == [evaluate(term.term, row) for term in terms]


def _random_decimal(chance: random.Random, kind: DataType) -> Decimal:
    digits = chance.randint(1, kind.precision or 1)
    return Decimal(chance.randrange(-(10**digits) + 1, 10**digits)).scaleb(-(kind.scale or 0))


def test_every_letter_changes_case_one_for_one(awkward: Statements) -> None:
    letters = [chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF]
    texts = ["".join(letters[start : start + 128]) for start in range(0, len(letters), 128)]
    table = awkward.session.createDataFrame(pa.table({"s": texts}))
    types = {"s": parse_type("string")}
    lower, upper = (str(compile_expression(f"{name}(s)", types).sql(SYNTAX)) for name in ("lower", "upper"))
    for text, lowered, uppered in table.selectExpr("s", lower, upper).collect():
        assert lowered == "".join(simple_case(letter, upper=False) for letter in text)
        assert uppered == "".join(simple_case(letter, upper=True) for letter in text)


def test_a_text_is_what_was_written_whatever_stands_in_it(awkward: Statements) -> None:
    for written in ("${env:HOME}", "a\\b", "\\%", "it's", 'say "x"', "line\nbreak\ttab\r", "`", "\\u0041", "👨‍👩‍👧"):
        quoted = written.replace("\\", "\\\\").replace("'", "\\'")
        text = f"concat(s, '{quoted}')"
        assert parse_expression(text, TYPES).term.arguments[1].value == written
        rows = awkward.session.sql(f"SELECT {compiled(text)} FROM awkward WHERE s = ''").collect()
        assert {row[0] for row in rows} == {written}


def test_a_guard_names_its_argument_once() -> None:
    text = "x"
    for _ in range(6):
        text = f"floor(abs(1 / ({text})) + cast(cast(b % 7 as string) as double))"
    assert len(compiled(text)) < 3_000


def test_plain_columns_and_safe_operators_stay_plain() -> None:
    assert compiled("i") == "`i`"
    assert compiled("s = 'a' and p") == "`p` AND `s` = 'a'"
    assert compiled("i < 5") == "`i` < 5"
    assert compiled("x + y + 1") == "FINITE((`x` + `y`) + 1.0D)"
    assert compiled("x") == "FINITE(`x`)"
