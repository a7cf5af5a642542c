"""What holds an engine's expressions against plain Python: each operator and function, over awkward values."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from definitions.expressions import Expression
from definitions.types import parse_type
from tests.definitions.expression_reference import AWKWARD, COLUMNS, evaluate

TYPES = {name: parse_type(text) for name, text in COLUMNS.items()}
ROWS = 700

EACH_OPERATOR = [
    "x", "f", "i", "m", "p", "s", "u", "x + y", "x - y", "x * y", "x / y", "x / 0", "-x", "x + i", "i + j", "i - j",
    "i * j", "b + c", "b - c", "b * c", "b / c", "-b", "-i", "b + 1", "i + 5L", "b % c", "i % j", "b % 3", "b % -1",
    "i % -1", "b % i", "m + n", "m - n", "m * n", "m + i", "m * b", "i * m", "n / m", "m + 1.5", "m * x", "-m",
    "m * m", "f + x",
    "k + k", "k - m", "k + 1", "k + 0.25", "i - k", "-k", "-h", "abs(k)", "abs(h)", "floor(k)", "ceil(h)", "floor(h)",
    "x < y", "x <= y", "x > 1", "x = y", "x <> y", "x <=> y", "s < t", "s = t", "s <=> t", "d < e", "d < u", "u = v",
    "p = q", "p < q", "b = x", "b < n", "f < x", "1 / f", "i = b", "m < n", "m = 1.5", "h < k", "h = 0.5",
    "m in (1.5, 0.01)", "p and q", "p or q", "not p",
    "p and not q or p is null", "x is null", "x is not null", "1 / x is null", "p is true", "p is not true",
    "p is not false", "x between -1 and 2", "i in (1, -7)", "i not in (1, 2)", "s in ('a', 'it\\'s')", "x in (1, 0.5)",
    "x in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)", "i in (1, -2147483648)", "b in (1, 5000000000)",
    "d in (date '1970-01-01', date '1900-03-01')",
    "p in (true)", "p in (true, false)", "u in (timestamp '1970-01-01')", "s like 'a%'", "s not like '%a%'",
    "s like '_'", "s like '50\\%'", "s like '%\\\\%'", "s like 'a\\_b'", "s like 'line%'",
    "case when p then x when q then y end", "case i when 1 then 'one' when -7 then 'seven' else s end",
    "if(x > 0, x, -x)", "if(p, 1, 2.5)", "if(p, m, k)", "coalesce(x, y, 0)", "coalesce(1 / x, 5)", "ifnull(i, b)",
    "nvl2(x, 1, 0)", "nullif(x, 1)",
    "nullif(i, 1)", "x + y + x", "(x * y) / (x * y)", "1 / (x * y)", "1 / (1 / x)", "x - (y - 1 / x)", "b + c + i",
    "exp(1 / x)", "pow(1 / x, 0)", "floor(x / y)", "floor(x)", "ceil(x)", "floor(m)", "ceil(m)", "floor(n)", "ceil(n)",
    "floor(i)", "ceil(b)", "abs(x)", "abs(i)", "abs(b)", "abs(m)", "sqrt(x)", "ln(x)", "log10(x)", "exp(x)", "exp(-x)",
    "pow(x, y)", "pow(i, 0.5)", "greatest(x, y)", "least(x, y, 0)", "greatest(i, b)", "greatest(m, k)",
    "greatest(s, t)", "least(d, e)",
    "lower(s)", "upper(s)", "upper(t)", "trim(s)", "length(s)", "substring(s, 2, 3)", "substring(s, 1, 0)",
    "substring(s, 3000000000, 1)",
    "substring(s, 2, 3000000000)", "cast(lower(s) as double)", "concat(s, '-', t)",
    "s || t", "year(u)", "year(d)", "quarter(d)", "month(u)", "weekofyear(d)", "weekofyear(u)", "day(u)", "day(d)",
    "dayofweek(d)", "dayofweek(u)", "dayofyear(d)", "hour(u)", "hour(d)", "minute(u)", "second(u)", "unix_micros(u)",
    "unix_micros(u) - unix_micros(v)", "unix_micros(d)", "datediff(d, e)", "datediff(u, d)", "cast(x as bigint)",
    "cast(x as int)", "cast(b as int)", "cast(i as bigint)", "cast(b as double)", "cast(p as int)",
    "cast(p as double)", "cast(p as bigint)", "cast(x as boolean)", "cast(i as boolean)",
    "cast(s as bigint)", "cast(s as int)", "cast(s as double)", "cast(i as string)", "cast(p as string)",
    "cast(b as string)", "cast(m as int)", "cast(h as bigint)", "cast(h as double)", "cast(h as decimal(30,2))",
    "cast(cast(x as int) as string)", "cast(n as bigint)", "cast(n as double)", "cast(m as double)",
    "cast(m as decimal(4,1))",
    "cast(n as decimal(20,1))", "cast(b as decimal(12,2))", "cast(i as decimal(5,0))", "cast(d as timestamp)",
    "cast(u as date)", "cast('1.50' as decimal(5,2)) + m", "1.5", "5L", "-9223372036854775808", "1e300 * x", "'a\\\\b'",
    "'${env:HOME}\\n'", "true", "timestamp '2013-01-01 02:00:00.5+01:00'", "date '1969-01-01'", "x < -1.5", "- (-b)",
    "(b + 5) + -5", "(b * 2) * 0", "x + abs(b)", "cast(cast(b as decimal(10,0)) as int) + x",
    "cast(concat(t, '\\n') as bigint)", "-(-9.5) - -x",
]  # fmt: skip


@cache
def awkward_rows() -> tuple[dict[str, Any], ...]:
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
    return tuple(rows)


_OF_LIBRARIES = frozenset({"exp", "pow", "ln", "log10"})
"""Functions whose last digit is another one in every library."""


def assert_values(text: str, expression: Expression, sql: str, found: Sequence[Any]) -> None:
    """What an engine computed for `awkward_rows` is what Python does."""
    rounded = not _OF_LIBRARIES.isdisjoint(term.operator for term in expression.term.walk())
    for row, value in zip(awkward_rows(), found, strict=True):
        expected = evaluate(expression.term, row)
        reads = {name: row[name] for name in expression.columns}
        assert _agree(value, expected, rounded), f"{text}: {value!r}, expected {expected!r} over {reads}: {sql}"
        if value is None and not expression.fallible:
            assert None in reads.values() or "null" in text or "case" in text, f"{text} failed over {reads}"


def _agree(found: Any, expected: Any, rounded: bool) -> bool:
    if isinstance(found, datetime):
        found = found.replace(tzinfo=UTC)
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, float):
        if rounded:
            return isinstance(found, float) and math.isclose(found, expected, rel_tol=1e-14, abs_tol=5e-324)
        return isinstance(found, float) and found == expected
    return found == expected and isinstance(found, bool) == isinstance(expected, bool)
