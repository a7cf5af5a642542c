"""Reading expressions: one spelling for one computation, never one for two, and clear refusals."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings

from definitions.canonical import canonicalise
from definitions.expression_reader import read_expression
from definitions.expressions import ExpressionError, parse_condition, parse_expression
from definitions.types import parse_type
from tests.definitions.expression_reference import AWKWARD, COLUMNS, evaluate
from tests.definitions.expression_texts import expression_texts

TYPES = {name: parse_type(text) for name, text in COLUMNS.items()}

SAME = [
    ("x>15", "  X  >  15 "), ("x > 15", "15 < x"), ("x > 15", "x > 15.0"), ("x > 15.00", "x > 1.5e1"),
    ("NOT p", "not(P)"), ("not not p", "p"), ("x <> 1", "x != 1"), ("x <> 1", "not x = 1"), ("x == 1", "1 = x"),
    ("not (x < y)", "x >= y"), ("not (x <= y)", "y < x"), ("((x)) + (y)", "y + x"), ("x * y", "y * x"),
    ("x * y + i", "i + y * x"), ("p and q and p", "q and p"), ("p or (q or x > 1)", "(1 < x or p) or q"),
    ("not (p and q)", "not q or not p"), ("p = true", "p"), ("p = false", "not p"), ("p <> true", "not p"),
    ("true and p", "p"), ("p or false", "p"), ("p and false", "false"),
    ("if(p, x, y)", "case when p then x else y end"),
    ("case when p then x else null end", "if(p, x, null)"), ("ifnull(x, y)", "coalesce(x, y)"),
    ("nvl(x, y)", "case when x is null then y else x end"), ("coalesce(x, coalesce(y, 0))", "nvl(nvl(x, y), 0)"),
    ("nvl2(x, x, y)", "coalesce(x, y)"), ("nullif(x, 0)", "case when 0 = x then null else x end"),
    ("x between 1 and 2", "x >= 1 and 2 >= x"), ("x not between 1 and 2", "x < 1 or x > 2"),
    ("i in (3, 1, 2)", "i in (1, 2, 3, 1)"), ("i in (1)", "i = 1"), ("i = 2 or i = 1", "i in (1, 2)"),
    ("i <> 1 and i <> 2", "i not in (2, 1)"), ("i in (j, 1)", "i = 1 or j = i"), ("s like 'abc'", "s = 'abc'"),
    ("cast(x as int)", "cast(x as integer)"), ("cast(x as bigint)", "x :: long"), ("int(x)", "try_cast(x as int)"),
    ("pow(x, 2)", "power(x, 2.0)"), ("ceil(x)", "ceiling(x)"), ("ln(x)", "log(x)"),
    ("substr(s, 1, 2)", "substring(s, 1, 2)"),
    ("s || t || s", "concat(s, concat(t, s))"), ("greatest(x, y)", "GREATEST(y, x, y)"), ("day(d)", "dayofmonth(d)"),
    ("extract(year from d)", "year(d)"), ("isnull(x)", "x is null"), ("x <=> null", "x is null"),
    ("x <=> y", "y is not distinct from x"), ("x - -1", "x - (-1)"), ("i + 1L", "1 + i"),
    ("i < cast(j as bigint)", "j > i"),
    ("d < timestamp '2013-01-01 00:00:00'", "timestamp '2013-01-01T00:00:00Z' > cast(d as timestamp)"),
    ("u < timestamp '2013-01-01 01:00:00+01:00'", "u < timestamp '2013-01-01'"), ("\"a\"", "'a'"), ("f", "F"),
    ("m * 1.50", "1.5 * m"), ("i % 2 = 0", "0 = mod(i, 2)"), ("s = 'it\\'s'", 's = "it\'s"'),
    ("case x when 1 then y end", "if(1 = x, y, null)"), ("case when p then x when false then y end", "if(p, x, null)"),
    ("x /* late */ > 1 -- by far", "x > 1"),
]  # fmt: skip

DIFFERENT = [
    ("x + y + i", "x + (y + i)"), ("x * y * i", "x * (y * i)"), ("x / y", "y / x"), ("x - y", "y - x"),
    ("x < y", "x <= y"), ("not (x < y)", "x > y"), ("not (p and q)", "not p and not q"), ("p is true", "p"),
    ("coalesce(x, y)", "coalesce(y, x)"), ("s = 'a'", "s = 'A'"), ("s like 'a_'", "s like 'a\\_'"),
    ("x is not null", "x = x"), ("if(p, x, null)", "if(p, x, 0)"), ("i in (1, 2)", "i in (1, 3)"),
    ("concat(s, t)", "concat(t, s)"), ("1", "1L"), ("1", "1.0"), ("cast(i as bigint)", "i"), ("'1'", "1"),
    ("x <=> y", "x = y"), ("nullif(x, 1)", "nullif(1, x)"), ("floor(x)", "cast(x as bigint)"),
    ("pow(x, y)", "pow(y, x)"), ("p or not p", "true"), ("m * 1.5", "m * cast(1.5 as double)"), ("-(b + 1)", "-b - 1"),
    ("p in (true, false)", "true"), ("s || t", "t || s"), ("lower(s) = 'a'", "s = 'a'"), ("i % 2", "i % -2"),
    ("b + c + i", "b + (c + i)"), ("x * 0", "0"), ("i - i", "0"), ("(p and q) or x > 1", "p and (q or x > 1)"),
    ("i / j", "floor(i / j)"), ("date '2013-01-01'", "timestamp '2013-01-01'"), ("s <> 'a'", "not (s <=> 'a')"),
    ("case when p then x when q then y end", "case when q then y when p then x end"), ("x", "- -x"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_computation_are_one(one: str, other: str) -> None:
    assert parse_expression(one, TYPES) == parse_expression(other, TYPES)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_computations_are_never_one(one: str, other: str) -> None:
    assert parse_expression(one, TYPES).canonical != parse_expression(other, TYPES).canonical


@settings(max_examples=400, deadline=None)
@given(text=expression_texts())
def test_the_canonical_form_reads_back_as_itself_and_means_the_same(text: str) -> None:
    try:
        expression = parse_expression(text, TYPES)
    except ExpressionError:
        return
    assert parse_expression(expression.canonical, TYPES) == expression
    raw, chance = read_expression(text, TYPES), random.Random(1)
    assert canonicalise(expression.term) == expression.term
    for _ in range(25):
        row = {name: chance.choice(AWKWARD[kind]) for name, kind in COLUMNS.items()}
        assert evaluate(raw, row) == evaluate(expression.term, row), (expression.canonical, row)


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("arr", "no column 'arr'", "columns are"),
        ("sum(x)", "sum is not for expressions", "`agg`"),
        ("count(*)", "count is not for expressions", "`agg`"),
        ("rand()", "rand is not for expressions", "run to run"),
        ("current_timestamp()", "current_timestamp is not for expressions", "run to run"),
        ("now() > u", "now is not for expressions", "run to run"),
        ("sum(x) over ()", "window functions", "`windows`"),
        ("row_number() over (order by x)", "window functions", "`windows`"),
        ("(select 1)", "subquery", "one row"),
        ("x in (select 1)", "not supported", ""),
        ("lowr(s)", "function lowr is not supported", "did you mean lower?"),
        ("greatst(x, y)", "function greatst is not supported", "did you mean greatest?"),
        ("round(x, 2)", "function round is not supported", "nearest is floor"),
        ("xqz(x)", "function xqz is not supported", "there are abs"),
        ("a.x", "a column has no prefix", "write x"),
        ("x as y", "no alias", "`name`"),
        ("x; y", "not supported", ""),
        ("", "is empty", ""),
        ("x +", "no Spark SQL expression", ""),
        ("(x", "no Spark SQL expression", ""),
        ("x > 'a'", "do not go together", "cast"),
        ("d > '2013-01-01'", "do not go together", "write date '...'"),
        ("u > '2013-01-01'", "do not go together", "write timestamp '...'"),
        ("d = date '2013-02-30'", "is no date", "2013-01-31"),
        ("x = null", "always null", "is null"),
        ("null", "bare null", "is null"),
        ("if(p, null, null)", "every branch is null", ""),
        ("case when false then x end", "always null", ""),
        ("p + 1", "arithmetic needs numbers", "cast(.. as int)"),
        ("u - v", "arithmetic needs numbers", "unix_micros"),
        ("x % 2", "whole numbers", "bigint"),
        ("x and p", "a condition is boolean", "compare"),
        ("not x", "a condition is boolean", "compare"),
        ("i < j = p", "inside another comparison", "parentheses"),
        ("p = i < j", "inside another comparison", "parentheses"),
        ("9223372036854775808", "greater than any bigint", "double"),
        ("1e400", "greater than any double", ""),
        ("cast(s as date)", "a cast from string to date", "declare"),
        ("cast(x as string)", "a cast from double to string", "declare"),
        ("cast(x as float)", "a cast to float", "double"),
        ("substring(s, 0, 2)", "whole numbers from 1", ""),
        ("substring(s, i, 2)", "whole numbers from 1", ""),
        ("trim(both 'x' from s)", "not supported", "plainly"),
        ("floor(x, 2)", "not supported", "plainly"),
        ("s like t", "pattern in quotes", ""),
        ("s like '\\\\a'", "before %, _", ""),
        ("s ilike 'a'", "not supported", ""),
        ("'\\u0041'", "no escape", "backslash"),
        ("n * n * n", "digits", "cast"),
        ("i in (1, null)", "without null", "is null"),
        ("x between symmetric 1 and 2", "not supported", ""),
        ("interval 1 day", "not supported", ""),
        ("unix_micros(u, v)", "arguments", ""), ("concat(s)", "takes 2 or more", ""),
        ("year(s)", "takes a date or timestamp", ""),
        ("*", "not supported", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused_clearly(text: str, message: str, suggestion: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse_expression(text, TYPES)
    assert message in refused.value.message
    assert suggestion in refused.value.suggestion
    assert "\n" not in str(refused.value) and "\x1b" not in str(refused.value)


def test_a_refusal_says_where_in_the_text() -> None:
    with pytest.raises(ExpressionError) as refused:
        parse_expression("  x > 1 and arr < 2", TYPES)
    assert refused.value.offset == len("  x > 1 and ")


def test_an_expression_knows_its_columns_and_type() -> None:
    expression = parse_expression("if(x > y, i, 0)", TYPES)
    assert expression.columns == {"x", "y", "i"}
    assert str(expression.type) == "int"
    assert str(parse_expression("i + j", TYPES).type) == "bigint"
    assert str(parse_expression("i / j", TYPES).type) == "double"
    assert str(parse_expression("f", TYPES).type) == "double"
    assert str(parse_expression("m * n", TYPES).type) == "decimal(33,5)"


@pytest.mark.parametrize(
    ("text", "fallible"),
    [("i + j", False), ("b + 1", True), ("x", True), ("i / j", True), ("i % 3", False), ("i % j", True),
     ("cast(b as int)", True), ("cast(i as bigint)", False), ("m + n", False), ("s = 'a' and p", False)],
)  # fmt: skip
def test_an_expression_knows_whether_it_can_fail(text: str, fallible: bool) -> None:
    assert parse_expression(text, TYPES).fallible is fallible


def test_a_decimal_keeps_all_of_its_digits() -> None:
    digits = "12345678901234567890123456789012.25"
    assert parse_condition(f"m < {digits}", TYPES).canonical == f"cast(m as decimal(34,2)) < {digits}BD"
    with pytest.raises(ExpressionError, match="there are 38"):
        parse_condition(f"m < {'9' * 39}.5", TYPES)


def test_a_filter_is_boolean() -> None:
    assert parse_condition("x > 1", TYPES).canonical == "1.0D < x"
    with pytest.raises(ExpressionError, match="a condition must be boolean"):
        parse_condition("x", TYPES)


def test_awkward_column_names_are_written_in_back_quotes() -> None:
    types = {"odd name": parse_type("double"), "select": parse_type("double"), "back`quote": parse_type("double")}
    for name in types:
        quoted = "`" + name.replace("`", "``") + "`"
        expression = parse_expression(f"{quoted} + 1", types)
        assert expression.columns == {name}
        assert parse_expression(expression.canonical, types) == expression


def test_a_name_is_found_whatever_its_case_unless_that_leaves_two() -> None:
    assert parse_expression("Arr_Delay", {"arr_delay": parse_type("double")}).columns == {"arr_delay"}
    with pytest.raises(ExpressionError, match="no column 'AB'"):
        parse_expression("AB + 1", {"aB": parse_type("int"), "Ab": parse_type("int")})


def test_a_long_chain_and_a_deep_nest_are_read_or_refused_quickly() -> None:
    started = time.perf_counter()
    chain = " or ".join(f"s like '{each}%'" for each in range(500))
    assert parse_expression(chain, TYPES).columns == {"s"}
    with pytest.raises(ExpressionError, match="nested too deeply"):
        parse_expression("(" * 3000 + "x" + ")" * 3000, TYPES)
    assert time.perf_counter() - started < 20
