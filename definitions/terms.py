"""A scalar expression as a typed tree, and the Spark SQL text of such a tree.

The tree knows few operators, because the reader spells the others through them: `a <> b` is `not (a = b)`,
`a > b` is `b < a`, `if` is `case`. So whoever compiles it for an engine has few cases to prove.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from definitions.types import BIGINT, BOOLEAN, DataType

VOID: Final = DataType("void")
"""The type of a bare `null`, which fits wherever a value may be missing."""

Value = bool | int | float | Decimal | str | date | datetime | None

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS: Final = frozenset({
    "all", "and", "any", "anti", "array", "as", "asc", "between", "both", "by", "case", "cast", "cross",
    "current_date", "current_time", "current_timestamp", "current_user", "date", "day", "desc", "distinct", "div",
    "else", "end", "escape", "exists", "extract", "false", "for", "from", "full", "group", "having", "hour", "if",
    "ilike", "in", "inner", "intersect", "interval", "is", "join", "left", "like", "limit", "map", "minus",
    "minute", "month", "natural", "not", "null", "on", "or", "order", "outer", "over", "overlaps", "right", "rlike",
    "second", "select", "semi", "set", "some", "struct", "table", "then", "time", "timestamp", "timestamp_ltz",
    "timestamp_ntz", "to", "trailing", "true", "try_cast", "union", "unique", "unknown", "user", "using", "values",
    "when", "where", "window", "with", "year",
})  # fmt: skip
_SYMBOLS: Final = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "remainder": "%",
    "equal": "=", "same": "<=>", "less": "<", "less_equal": "<=", "and": "and", "or": "or",
}  # fmt: skip
_BINDING: Final = {"or": 1, "and": 2, "not": 3, "add": 5, "subtract": 5, "multiply": 6, "divide": 6, "remainder": 6}
_PREDICATES: Final = frozenset({"equal", "same", "less", "less_equal", "is_null", "in", "like"})
_PREDICATE_BINDING: Final = 4
_ATOM: Final = 9


@dataclass(frozen=True, slots=True)
class Term:
    """One node: `operator` over `arguments`, yielding `type`.

    `value` is a column's name, a literal's value or the pattern of `like`. A `case` has its conditions and values
    in turn, then the `else` if there is one. `in` has what is looked for, then the literals.
    """

    operator: str
    type: DataType
    arguments: tuple[Term, ...] = ()
    value: Value = None

    @property
    def is_literal(self) -> bool:
        return self.operator == "literal"

    def walk(self) -> Iterator[Term]:
        """This node and all below it, parents first."""
        yield self
        for argument in self.arguments:
            yield from argument.walk()


def negation(term: Term) -> Term:
    """`not term`, without simplification."""
    return Term("not", BOOLEAN, (term,))


def render(term: Term) -> str:
    """The term as Spark SQL, which reads back as the same term."""
    match term.operator:
        case "column":
            return render_name(str(term.value))
        case "literal":
            return _render_literal(term)
        case "cast":
            return f"cast({render(term.arguments[0])} as {term.type})"
        case "case":
            return _render_case(term)
        case "not":
            return _render_negation(term.arguments[0])
        case "negate":
            return f"-{_operand(term.arguments[0], _ATOM)}"
        case "is_null" | "in" | "like":
            return _render_predicate(term, "")
        case operator if operator in _SYMBOLS:
            return _render_infix(term, _SYMBOLS[operator])
        case function:
            return f"{function}({', '.join(map(render, term.arguments))})"


def render_name(name: str) -> str:
    """A column's name, in back quotes where it would not be read as a name; of a joined column both parts."""
    joined, dot, column = name.partition(".")
    if dot and _PLAIN_NAME.fullmatch(joined) and _PLAIN_NAME.fullmatch(column):
        return f"{render_name(joined)}.{render_name(column)}"
    plain = _PLAIN_NAME.fullmatch(name) and name.lower() not in _KEYWORDS
    return name if plain else "`" + name.replace("`", "``") + "`"


def _render_literal(term: Term) -> str:
    match term.value:
        case None:
            return "null"
        case bool():
            return "true" if term.value else "false"
        case int():
            # A small bigint says so: its type decides the type of what it stands in.
            return f"{term.value}L" if term.type == BIGINT and -(2**31) <= term.value < 2**31 else str(term.value)
        case float():
            return f"{term.value!r}D"
        case Decimal():
            return f"{term.value:f}BD"
        case datetime():
            return f"timestamp '{term.value.replace(tzinfo=None).isoformat(' ')}'"
        case date():
            return f"date '{term.value.isoformat()}'"
        case text:
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _render_case(term: Term) -> str:
    pairs = len(term.arguments) // 2
    branches = [f"when {render(term.arguments[2 * i])} then {render(term.arguments[2 * i + 1])}" for i in range(pairs)]
    otherwise = [f"else {render(term.arguments[-1])}"] if len(term.arguments) % 2 else []
    return " ".join(["case", *branches, *otherwise, "end"])


def _render_negation(inner: Term) -> str:
    if inner.operator == "equal":
        return _render_infix(inner, "<>")
    if inner.operator in ("is_null", "in", "like"):
        return _render_predicate(inner, "not ")
    return f"not {_operand(inner, _ATOM)}"


def _render_predicate(term: Term, negated: str) -> str:
    subject = _operand(term.arguments[0], _PREDICATE_BINDING + 1)
    if term.operator == "is_null":
        return f"{subject} is {negated}null"
    if term.operator == "like":
        return f"{subject} {negated}like {_render_literal(Term('literal', term.type, value=term.value))}"
    return f"{subject} {negated}in ({', '.join(map(render, term.arguments[1:]))})"


def _render_infix(term: Term, symbol: str) -> str:
    binding = _binding(term)
    if binding == _PREDICATE_BINDING:
        return f" {symbol} ".join(_operand(argument, binding + 1) for argument in term.arguments)
    first, *others = term.arguments
    return f" {symbol} ".join([_operand(first, binding), *(_operand(other, binding + 1) for other in others)])


def _operand(term: Term, at_least: int) -> str:
    text = render(term)
    return f"({text})" if _binding(term) < at_least or (at_least == _ATOM and text.startswith("-")) else text


def _binding(term: Term) -> int:
    """How tightly a term's text holds together. A negated predicate is written as a predicate."""
    if term.operator == "not" and term.arguments[0].operator in ("equal", "is_null", "in", "like"):
        return _PREDICATE_BINDING
    if term.operator in _PREDICATES:
        return _PREDICATE_BINDING
    return 8 if term.operator == "negate" else _BINDING.get(term.operator, _ATOM)
