"""Expressions: what a feature says in `of` and `where`, read, typed and brought into one spelling.

An expression is a Spark SQL scalar expression over a source's columns. Its meaning is that of Spark SQL with try
semantics at each operator: an error, an overflow, a division by zero, NaN and infinity are null. Integers compute
in bigint, `/` is always double, `float` columns are doubles, and a number with a point (`1.5`) is a double unless it
stands beside a decimal. Times are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from definitions.expression_error import ExpressionError
from definitions.functions import FUNCTIONS
from definitions.terms import Term, render
from definitions.types import DOUBLE, FLOAT, DataType, whole_digits

_MOST_READINGS: Final = 8
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")


@dataclass(frozen=True, slots=True)
class Expression:
    """A typed expression in its one spelling.

    `canonical` is Spark SQL that reads back as the same expression; two spellings of one computation share it.
    `columns` are the source's columns it reads. `fallible`: it may be null although nothing it reads is null
    because an operator failed, or because a floating column held NaN or infinity.
    `term` is the tree that `canonical` spells, for whoever compiles it.
    """

    canonical: str
    type: DataType
    columns: frozenset[str]
    fallible: bool
    term: Term


def parse_expression(text: str, columns: Mapping[str, DataType]) -> Expression:
    """Read `text` over `columns` (name to type; names match whatever their case, as in Spark). A joined dimension's
    column stands among them under its qualified name, `planes.seats`.

    Raises:
        ExpressionError: it is malformed, names an unknown column or function, or its types do not fit.
    """
    return _parse(text.strip(), tuple(columns.items()), len(text) - len(text.lstrip()))


def parse_condition(text: str, columns: Mapping[str, DataType]) -> Expression:
    """`parse_expression` for a filter.

    Raises:
        ExpressionError: as above, or it is not boolean.
    """
    expression = parse_expression(text, columns)
    if expression.type.name != "boolean":
        raise ExpressionError(
            f"a condition must be boolean, {text.strip()!r} is {expression.type}", "compare it with something"
        )
    return expression


@lru_cache(maxsize=65_536)
def _parse(text: str, columns: tuple[tuple[str, DataType], ...], indent: int) -> Expression:
    types = dict(columns)
    if _NAME.fullmatch(text) and text in types:
        term = Term("column", DOUBLE if types[text] == FLOAT else types[text], value=text)
        return _expression(term)

    # The reader brings sqlglot, which a bare column (most of what an online look-up meets) can do without.
    from definitions.canonical import canonicalise
    from definitions.expression_reader import read_expression

    try:
        term = canonicalise(read_expression(text, types))
    except ExpressionError as error:
        raise ExpressionError(error.message, error.suggestion, error.offset + indent) from None
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply", "split it into several features") from None
    # A rewrite may leave what the reader itself would have simplified, such as a cast of what is now a literal.
    for _ in range(_MOST_READINGS):
        try:
            again = canonicalise(read_expression(render(term), types))
        except ExpressionError as error:
            raise ExpressionError(f"{error.message}, once simplified to {render(term)!r}", error.suggestion) from None
        if again == term:
            break
        term = again
    return _expression(term)


def _expression(term: Term) -> Expression:
    nodes = tuple(term.walk())
    return Expression(
        canonical=render(term),
        type=term.type,
        columns=frozenset(str(node.value) for node in nodes if node.operator == "column"),
        fallible=any(can_fail(node) for node in nodes),
        term=term,
    )


def can_fail(term: Term) -> bool:
    """Whether an operator may be null although none of its arguments is, or a column hold NaN or infinity."""
    types = [argument.type for argument in term.arguments]
    match term.operator:
        case "column":
            return term.type.is_floating
        case "add" | "subtract" | "multiply":
            # Two ints cannot leave the bigint their result has; decimals get the digits they may need.
            return term.type.is_floating or (term.type.is_integer and any(t.name != "int" for t in types))
        case "negate" | "abs":
            return types[0].name == "bigint"
        case "divide":
            return True
        case "remainder":
            divisor = term.arguments[1]
            return not (divisor.is_literal and divisor.value != 0)
        case "floor" | "ceil":
            return types[0].is_floating
        case "cast":
            return not widens(types[0], term.type)
        case operator:
            return operator in FUNCTIONS and FUNCTIONS[operator].fallible


def widens(before: DataType, after: DataType) -> bool:
    """Whether every value of `before` has a value of `after`."""
    if after.is_floating or before.name == "boolean" or after.name in ("string", "boolean"):
        return before.name != "string"
    if before.is_integer and after.is_integer:
        return before.name == "int" or after.name == "bigint"
    if after.is_decimal and (before.is_integer or before.is_decimal):
        return whole_digits(before) <= whole_digits(after) and (before.scale or 0) <= (after.scale or 0)
    return before.is_temporal and after.is_temporal
