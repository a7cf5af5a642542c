"""Canonical expressions in Spark's SQL, with try semantics at every operator.

A session in ANSI mode raises where the language says null, so every operator that can fail is one of Spark's `try_`
functions or comes with a guard. Doubles are checked for NaN and infinity only where something would notice:
`(x + y) + z` needs one check around the whole, because an infinity inside it cannot come out as a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from definitions.expressions import parse_expression
from definitions.terms import Term
from definitions.types import DataType

_TYPES: Final[Mapping[str, str]] = MappingProxyType({
    "boolean": "BOOLEAN", "int": "INT", "bigint": "BIGINT", "double": "DOUBLE", "string": "STRING", "date": "DATE",
    "timestamp": "TIMESTAMP_NTZ",
})  # fmt: skip
_WHOLE_TEXT: Final = r"^ *[+-]?[0-9]+ *$"
_NUMBER_TEXT: Final = r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$"

_INFIX: Final[Mapping[str, type[exp.Binary]]] = MappingProxyType(
    {"equal": exp.EQ, "same": exp.NullSafeEQ, "less": exp.LT, "less_equal": exp.LTE}
)
_OPERATORS: Final[Mapping[str, type[exp.Binary]]] = MappingProxyType(
    {"add": exp.Add, "subtract": exp.Sub, "multiply": exp.Mul}
)
_TRY: Final[Mapping[str, str]] = MappingProxyType(
    {"add": "try_add", "subtract": "try_subtract", "multiply": "try_multiply"}
)
_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "greatest": "greatest", "least": "least", "lower": "lower", "upper": "upper", "substring": "substring",
})  # fmt: skip
_PARTS: Final[Mapping[str, str]] = MappingProxyType({
    "year": "year", "quarter": "quarter", "month": "month", "weekofyear": "weekofyear", "day": "dayofmonth",
    "dayofyear": "dayofyear", "hour": "hour", "minute": "minute", "second": "second", "dayofweek": "dayofweek",
    "length": "length",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL that may still yield NaN or infinity where null is meant."""

    sql: exp.Expr
    may_be_infinite: bool = False


def compile_expression(canonical: str, types: Mapping[str, DataType]) -> exp.Expr:
    """The Spark AST of an expression over columns of these `types` (the source's, under their own names).

    Timestamps are `TIMESTAMP_NTZ` in UTC. The value has the expression's type.

    Raises:
        ExpressionError: the text cannot be read over these columns.
    """
    term = parse_expression(canonical, types).term
    return _closed(term, types)


def _closed(term: Term, types: Mapping[str, DataType]) -> exp.Expr:
    """With its guards: null wherever the language says null."""
    compiled = _compile(term, types)
    sql = compiled.sql
    if compiled.may_be_infinite:
        sql = exp.Case(ifs=[exp.If(this=_call("isfinite", sql.copy()), true=sql)])
    return sql


def _compile(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    match term.operator:
        case "column":
            return _column(term, types)
        case "literal":
            return _Compiled(_literal(term))
        case "add" | "subtract" | "multiply" | "negate" | "abs" | "divide" | "remainder":
            return _arithmetic(term, types)
        case "sqrt" | "ln" | "log10":
            return _strict(lambda inner: _call(term.operator, inner), term, types, may_be_infinite=True)
        case "floor" | "ceil":
            return _rounded(term, types)
        case "cast":
            return _cast(term, types)
        case _:
            return _Compiled(_total(term, types), may_be_infinite=term.operator in ("exp", "pow"))


def _column(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    name = str(term.value)
    column = exp.column(name, quoted=True)
    if types[name].name == "float":
        return _Compiled(_as(column, "DOUBLE"), may_be_infinite=True)
    return _Compiled(column, may_be_infinite=types[name].is_floating)


def _literal(term: Term) -> exp.Expr:
    match term.value:
        case None:
            return _as(exp.Null(), _type(term.type))
        case bool():
            return exp.Boolean(this=term.value)
        case datetime():
            return _as(exp.Literal.string(term.value.replace(tzinfo=None).isoformat(" ")), "TIMESTAMP_NTZ")
        case date():
            return _as(exp.Literal.string(term.value.isoformat()), "DATE")
        case Decimal():
            return _as(exp.Literal.string(f"{term.value:f}"), _type(term.type))
        case float() | int():
            # A number with a point is a decimal to Spark, and one beyond 38 digits none at all: as text it is exact.
            return _as(exp.Literal.string(repr(term.value)), _type(term.type))
        case text:
            return exp.Literal.string(text)


def _strict(
    build: Callable[..., exp.Expr], term: Term, types: Mapping[str, DataType], may_be_infinite: bool = False
) -> _Compiled:
    """An operator that passes NaN and infinity on: an argument that is one makes the result one."""
    parts = [_compile(argument, types) for argument in term.arguments]
    return _Compiled(
        build(*(part.sql for part in parts)), may_be_infinite or any(part.may_be_infinite for part in parts)
    )


def _arithmetic(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    if term.operator == "divide":
        above, below = _compile(term.arguments[0], types), _closed(term.arguments[1], types)
        return _Compiled(_call("try_divide", _as(above.sql, "DOUBLE"), _as(below, "DOUBLE")), may_be_infinite=True)
    if term.operator == "remainder":
        return _Compiled(_remainder(term, types))
    kinds = [argument.type for argument in term.arguments]

    def combine(*operands: exp.Expr) -> exp.Expr:
        if term.type.is_floating:
            return _of_doubles(term.operator, operands)
        sides = [_widened(side, kind, term) for side, kind in zip(operands, kinds, strict=True)]
        if term.operator == "negate":
            sides.insert(0, _as(exp.Literal.number(0), _type(term.type)))
        if term.operator == "abs":
            # The least bigint has no magnitude.
            positive = exp.GTE(this=_paren(sides[0].copy()), expression=exp.Literal.number(0))
            negated = _call("try_subtract", _as(exp.Literal.number(0), _type(term.type)), sides[0].copy())
            value: exp.Expr = exp.Case(ifs=[exp.If(this=positive, true=sides[0])], default=negated)
        else:
            value = _call(_TRY.get(term.operator, "try_subtract"), *sides)
        return _try_as(value, _type(term.type)) if term.type.is_decimal else value

    return _strict(combine, term, types, term.type.is_floating)


def _of_doubles(operator: str, operands: Sequence[exp.Expr]) -> exp.Expr:
    sides = [_as(operand, "DOUBLE") for operand in operands]
    if operator == "negate":
        return exp.Neg(this=_paren(sides[0]))
    if operator == "abs":
        return _call("abs", sides[0])
    return exp.paren(_OPERATORS[operator](this=_paren(sides[0]), expression=_paren(sides[1])), copy=False)


def _widened(side: exp.Expr, kind: DataType, term: Term) -> exp.Expr:
    """An operand in a type in which the operator fails where the result does, and not before."""
    if term.type.is_integer:
        return _as(side, "BIGINT")
    if term.operator != "multiply":
        return _try_as(side, _type(term.type))
    if kind.is_decimal:
        return side
    return _as(side, f"DECIMAL({10 if kind.name == 'int' else 19}, 0)")


def _remainder(term: Term, types: Mapping[str, DataType]) -> exp.Expr:
    left, right = (_as(_closed(argument, types), "BIGINT") for argument in term.arguments)
    return _call("try_mod", left, right)


def _rounded(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    name, kind = term.operator, term.arguments[0].type
    sql = _compile(term.arguments[0], types).sql
    if kind.is_floating:
        return _Compiled(_if_in_bigint(sql, _call(name, sql.copy())))
    if kind.is_decimal and kind.scale:
        return _Compiled(_try_as(_call(name, sql), _type(term.type)))
    return _Compiled(_as(sql, _type(term.type)))


def _if_in_bigint(value: exp.Expr, whole: exp.Expr) -> exp.Expr:
    """A whole number made of a double; null beyond bigint, where Spark has the largest one."""
    inside = exp.And(
        this=exp.GTE(this=_paren(value.copy()), expression=_as(exp.Literal.string(repr(-(2.0**63))), "DOUBLE")),
        expression=exp.LT(this=_paren(value.copy()), expression=_as(exp.Literal.string(repr(2.0**63)), "DOUBLE")),
    )
    return exp.Case(ifs=[exp.If(this=inside, true=whole)])


def _cast(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    (argument,), to = term.arguments, term.type
    before = argument.type
    if before.name == "string":
        text = _closed(argument, types)
        pattern = exp.Literal.string(_WHOLE_TEXT if to.is_integer else _NUMBER_TEXT)
        matches = _call("regexp_like", text.copy(), pattern)
        guarded = exp.Case(ifs=[exp.If(this=matches, true=_try_as(_call("trim", text), _type(to)))])
        return _Compiled(guarded, may_be_infinite=to.is_floating)
    compiled = _compile(argument, types)
    sql = compiled.sql
    if to.is_integer and before.is_floating:
        return _Compiled(_try_as(_if_in_bigint(sql, _as(sql.copy(), "BIGINT")), _type(to)))
    if before.name == "boolean" and to.is_decimal:
        sql = _as(sql, "INT")
    if to.is_integer or to.is_decimal:
        return _Compiled(_try_as(sql, _type(to)))
    return _Compiled(_as(sql, _type(to)), compiled.may_be_infinite)


def _total(term: Term, types: Mapping[str, DataType]) -> exp.Expr:
    """An operator that would hide a failure inside it, so that its arguments come guarded."""
    parts = [_closed(argument, types) for argument in term.arguments]
    match term.operator:
        case "equal" | "same" | "less" | "less_equal":
            return _INFIX[term.operator](this=_paren(parts[0]), expression=_paren(parts[1]))
        case "and" | "or":
            return exp.and_(*parts) if term.operator == "and" else exp.or_(*parts)
        case "not":
            return exp.Not(this=_paren(parts[0]))
        case "is_null":
            return exp.Is(this=_paren(parts[0]), expression=exp.Null())
        case "in":
            return exp.In(this=_paren(parts[0]), expressions=parts[1:])
        case "like":
            return exp.Like(this=_paren(parts[0]), expression=exp.Literal.string(str(term.value)))
        case "case":
            return _case(parts)
        case "coalesce":
            return exp.Coalesce(this=parts[0], expressions=parts[1:])
        case "concat":
            return _call("concat", *parts)
        case function:
            return _function(function, parts)


def _case(parts: Sequence[exp.Expr]) -> exp.Expr:
    branches = [exp.If(this=parts[i], true=parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    return exp.Case(ifs=branches, default=parts[-1] if len(parts) % 2 else None)


def _function(name: str, parts: Sequence[exp.Expr]) -> exp.Expr:
    match name:
        case "exp" | "pow":
            return _call(name, *parts)
        case "trim":
            return exp.Trim(this=parts[0])
        case "unix_micros":
            return _call("unix_micros", _as(parts[0], "TIMESTAMP"))
        case "datediff":
            return _call("datediff", *parts)
        case part if part in _PARTS:
            return _as(_call(_PARTS[part], *parts), "INT")
        case _:
            return _call(_NAMES[name], *parts)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    # Anonymous: sqlglot would translate a function it knows, and these are Spark's own already.
    return exp.Anonymous(this=name, expressions=list(arguments))


def _as(sql: exp.Expr, name: str) -> exp.Expr:
    return exp.Cast(this=sql, to=exp.DataType.build(name, dialect="spark"))


def _try_as(sql: exp.Expr, name: str) -> exp.Expr:
    return exp.TryCast(this=sql, to=exp.DataType.build(name, dialect="spark"))


def _type(data_type: DataType) -> str:
    return _TYPES.get(data_type.name) or f"DECIMAL({data_type.precision}, {data_type.scale})"


def _paren(sql: exp.Expr) -> exp.Expr:
    """In parentheses wherever the operator around it could take it apart."""
    compound = isinstance(sql, (exp.Binary, exp.Unary, exp.In, exp.Not, exp.Between)) and not isinstance(sql, exp.Paren)
    return exp.paren(sql, copy=False) if compound else sql
