"""Canonical expressions in DuckDB's SQL, with try semantics at every operator.

No SQL made here can raise an error, and no `TRY` is used: the optimiser moves what repeats inside a `TRY` out of it,
where it raises. Instead bigints meet as HUGEINT, which holds any sum or product of two, and come back by TRY_CAST.
Doubles are checked for NaN and infinity only where something would notice: `(x + y) + z` needs one check around the
whole, because an infinity inside it cannot come out as a number.
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
from definitions.types import BIGINT, DataType

_TYPES: Final[Mapping[str, str]] = MappingProxyType({
    "boolean": "BOOLEAN", "int": "INT", "bigint": "BIGINT", "double": "DOUBLE", "string": "TEXT", "date": "DATE",
    "timestamp": "TIMESTAMP",
})  # fmt: skip
_WHOLE_TEXT: Final = r" *[+-]?[0-9]+ *"
_NUMBER_TEXT: Final = r" *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *"
# DuckDB divides by a power of ten; beyond these digits that is not the nearest double.
_DIGITS_EXACT_IN_DOUBLE: Final = 15

_INFIX: Final[Mapping[str, type[exp.Binary]]] = MappingProxyType(
    {"add": exp.Add, "subtract": exp.Sub, "multiply": exp.Mul, "equal": exp.EQ, "same": exp.NullSafeEQ,
     "less": exp.LT, "less_equal": exp.LTE}
)  # fmt: skip
_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "greatest": "GREATEST", "least": "LEAST", "lower": "LOWER", "upper": "UPPER", "length": "LENGTH",
    "substring": "SUBSTRING", "unix_micros": "EPOCH_US",
})  # fmt: skip
_PARTS: Final[Mapping[str, str]] = MappingProxyType({
    "year": "YEAR", "quarter": "QUARTER", "month": "MONTH", "weekofyear": "WEEKOFYEAR", "day": "DAYOFMONTH",
    "dayofyear": "DAYOFYEAR", "hour": "HOUR", "minute": "MINUTE", "second": "SECOND",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Compiled:
    """SQL that may still yield NaN or infinity where null is meant."""

    sql: exp.Expr
    may_be_infinite: bool = False


def compile_expression(canonical: str, types: Mapping[str, DataType]) -> exp.Expr:
    """The DuckDB AST of an expression over columns of these `types` (the source's, under their own names).

    Timestamps are `TIMESTAMP` in UTC. The value has the expression's type.

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
        sql = exp.Case(ifs=[exp.If(this=_call("ISFINITE", sql.copy()), true=sql)])
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
            return _strict(lambda inner: _call(term.operator.upper(), inner), term, types, may_be_infinite=True)
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
            return exp.cast(exp.Null(), _type(term.type), dialect="duckdb")
        case bool():
            return exp.Boolean(this=term.value)
        case datetime():
            return _as(exp.Literal.string(term.value.replace(tzinfo=None).isoformat(" ")), "TIMESTAMP")
        case date():
            return _as(exp.Literal.string(term.value.isoformat()), "DATE")
        case Decimal():
            return _as(exp.Literal.string(f"{term.value:f}"), _type(term.type))
        case float() | int():
            number = _number(term.value)
            # Between two operators the literal's own width decides: say it where it is not DuckDB's default.
            return number if term.type.name == "int" else _as(number, _type(term.type))
        case text:
            return exp.Literal.string(text)


def _number(value: float) -> exp.Expr:
    digits = exp.Literal.number(repr(abs(value)))
    if value == -(2**63):
        return exp.Literal.string(str(value))
    return exp.Neg(this=digits) if value < 0 else digits


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
        return _Compiled(exp.Div(this=_paren(above.sql), expression=_paren(below)), may_be_infinite=True)
    if term.operator == "remainder":
        return _Compiled(_remainder(term, types))
    sides = [argument.type for argument in term.arguments]
    overflows = term.type.is_integer and any(side.name != "int" for side in sides)

    def combine(*operands: exp.Expr) -> exp.Expr:
        wide = [_paren(_widened(side, kind, term, overflows)) for side, kind in zip(operands, sides, strict=True)]
        if term.operator == "negate":
            value: exp.Expr = exp.Neg(this=wide[0])
        elif term.operator == "abs":
            value = _call("ABS", wide[0])
        else:
            value = _INFIX[term.operator](this=wide[0], expression=wide[1])
        if overflows:
            return _try_as(value, "BIGINT")
        return _as(value, _type(term.type)) if term.type.is_decimal else value

    return _strict(combine, term, types, term.type.is_floating)


def _widened(side: exp.Expr, kind: DataType, term: Term, overflows: bool) -> exp.Expr:
    """An operand wide enough that the operator cannot overflow."""
    if term.type.is_integer:
        return _as(side, "HUGEINT") if overflows else _as(side, "BIGINT")
    if term.type.is_decimal and term.operator != "multiply":
        return _as(side, _type(term.type))
    if term.type.is_decimal:
        # DuckDB keeps a product of narrow decimals at 18 digits and raises beyond: as wide as the result, each.
        scale = kind.scale or 0
        return _as(side, f"DECIMAL({max(term.type.precision or 0, scale)}, {scale})")
    return side


def _remainder(term: Term, types: Mapping[str, DataType]) -> exp.Expr:
    dividend, divisor = term.arguments
    known = divisor.value if divisor.is_literal else None
    # The least bigint % -1 is 0, which DuckDB reports as an overflow.
    overflows = dividend.type.name != "int" and known in (None, 0, -1)
    left, right = _closed(dividend, types), _closed(divisor, types)
    if known in (None, 0):
        zero = exp.EQ(this=_paren(right.copy()), expression=exp.Literal.number(0))
        right = exp.Case(ifs=[exp.If(this=exp.Not(this=exp.paren(zero)), true=right)])
    value = exp.Mod(this=_paren(_as(left, "HUGEINT" if overflows else "BIGINT")), expression=_paren(right))
    return _as(value, "BIGINT")


def _rounded(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    name, kind = term.operator.upper(), term.arguments[0].type
    sql = _compile(term.arguments[0], types).sql
    if kind.is_floating:
        # NaN, infinity and what is out of range alike come out as null.
        return _Compiled(_try_as(_call(name, sql), "BIGINT"))
    if kind.is_decimal and kind.scale:
        # One more digit before the point than the type has: 9.9 becomes 10.
        wide = DataType("decimal", min(38, (kind.precision or 0) + 1), kind.scale)
        return _Compiled(_as(_call(name, _as(sql, _type(wide))), _type(term.type)))
    return _Compiled(_as(sql, _type(term.type)))


def _cast(term: Term, types: Mapping[str, DataType]) -> _Compiled:
    (argument,), to = term.arguments, term.type
    before = argument.type
    if before.name == "string":
        text = _closed(argument, types)
        pattern = exp.Literal.string(_WHOLE_TEXT if to.is_integer else _NUMBER_TEXT)
        matches = _call("REGEXP_FULL_MATCH", text.copy(), pattern)
        guarded = exp.Case(ifs=[exp.If(this=matches, true=_try_as(text, _type(to)))])
        return _Compiled(guarded, may_be_infinite=to.is_floating)
    compiled = _compile(argument, types)
    sql = compiled.sql
    if to.is_integer and (before.is_floating or before.is_decimal):
        sql = _call("TRUNC", sql)
    if to.is_floating and before.is_decimal and (before.precision or 0) > _DIGITS_EXACT_IN_DOUBLE:
        sql = _as(sql, "TEXT")
    if to.is_integer or to.is_decimal:
        return _Compiled(_try_as(sql, _type(to)) if _narrows(before, to) else _as(sql, _type(to)))
    return _Compiled(_as(sql, _type(to)), compiled.may_be_infinite)


def _narrows(before: DataType, to: DataType) -> bool:
    return not (before.name == "boolean" or (before.name == "int" and to == BIGINT))


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
            pattern = exp.Literal.string(str(term.value))
            return exp.Escape(this=exp.Like(this=_paren(parts[0]), expression=pattern),
                              expression=exp.Literal.string("\\"))  # fmt: skip
        case "case":
            return _case(parts)
        case "coalesce":
            return exp.Coalesce(this=parts[0], expressions=parts[1:])
        case "concat":
            return _joined(parts)
        case function:
            return _function(function, parts)


def _case(parts: Sequence[exp.Expr]) -> exp.Expr:
    branches = [exp.If(this=parts[i], true=parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    return exp.Case(ifs=branches, default=parts[-1] if len(parts) % 2 else None)


def _joined(parts: Sequence[exp.Expr]) -> exp.Expr:
    joined = _paren(parts[0])
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=_paren(part), safe=True)
    return joined


def _function(name: str, parts: Sequence[exp.Expr]) -> exp.Expr:
    match name:
        case "exp" | "pow":
            return _call(name.upper(), *parts)
        case "trim":
            return _call("TRIM", parts[0], exp.Literal.string(" "))
        case "length":
            return _as(_call("LENGTH", parts[0]), "INT")
        case "dayofweek":
            # DuckDB's Sunday is 0.
            return _as(exp.Add(this=_call("DAYOFWEEK", parts[0]), expression=exp.Literal.number(1)), "INT")
        case "datediff":
            days = exp.Sub(this=_paren(parts[0]), expression=_paren(parts[1]))
            return _try_as(exp.paren(days), "INT")
        case part if part in _PARTS:
            return _as(_call(_PARTS[part], parts[0]), "INT")
        case _:
            return _call(_NAMES[name], *parts)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    # Anonymous: sqlglot would translate a function it knows, and these are DuckDB's own already.
    return exp.Anonymous(this=name, expressions=list(arguments))


def _as(sql: exp.Expr, name: str) -> exp.Expr:
    return exp.cast(sql, name, dialect="duckdb")


def _try_as(sql: exp.Expr, name: str) -> exp.Expr:
    return exp.TryCast(this=sql, to=exp.DataType.build(name, dialect="duckdb"))


def _type(data_type: DataType) -> str:
    return _TYPES.get(data_type.name) or f"DECIMAL({data_type.precision}, {data_type.scale})"


def _paren(sql: exp.Expr) -> exp.Expr:
    """In parentheses wherever the operator around it could take it apart."""
    compound = isinstance(sql, (exp.Binary, exp.Unary, exp.In, exp.Not, exp.Between)) and not isinstance(sql, exp.Paren)
    return exp.paren(sql, copy=False) if compound else sql
