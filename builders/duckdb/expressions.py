"""Canonical expressions in DuckDB's SQL, with try semantics at every operator.

No SQL made here can raise an error, and no `TRY` is used: the optimiser moves what repeats inside a `TRY` out of it,
where it raises. Instead bigints meet as HUGEINT, which holds any sum or product of two, and come back by TRY_CAST.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from builders.sql.terms import ARITHMETIC, Compiled, TermCompiler, call, paren
from definitions.terms import Term
from definitions.types import BIGINT, DataType

_WHOLE_TEXT: Final = r" *[+-]?[0-9]+ *"
_NUMBER_TEXT: Final = r" *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *"
# DuckDB divides by a power of ten; beyond these digits that is not the nearest double.
_DIGITS_EXACT_IN_DOUBLE: Final = 15

_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "greatest": "GREATEST", "least": "LEAST", "lower": "LOWER", "upper": "UPPER", "length": "LENGTH",
    "substring": "SUBSTRING", "unix_micros": "EPOCH_US",
})  # fmt: skip
_PARTS: Final[Mapping[str, str]] = MappingProxyType({
    "year": "YEAR", "quarter": "QUARTER", "month": "MONTH", "weekofyear": "WEEKOFYEAR", "day": "DAYOFMONTH",
    "dayofyear": "DAYOFYEAR", "hour": "HOUR", "minute": "MINUTE", "second": "SECOND",
})  # fmt: skip


def compile_expression(canonical: str, types: Mapping[str, DataType]) -> exp.Expr:
    """The DuckDB AST of an expression over columns of these `types` (the source's, under their own names).

    Timestamps are `TIMESTAMP` in UTC. The value has the expression's type.

    Raises:
        ExpressionError: the text cannot be read over these columns.
    """
    return _DuckDBTerms(types).compile_text(canonical)


class _DuckDBTerms(TermCompiler):
    syntax = "duckdb"
    type_names = MappingProxyType({
        "boolean": "BOOLEAN", "int": "INT", "bigint": "BIGINT", "double": "DOUBLE", "string": "TEXT", "date": "DATE",
        "timestamp": "TIMESTAMP",
    })  # fmt: skip

    def finite(self, sql: exp.Expr) -> exp.Expr:
        return exp.Case(ifs=[exp.If(this=call("ISFINITE", sql.copy()), true=sql)])

    def literal(self, term: Term) -> exp.Expr:
        match term.value:
            case None:
                return self.as_type(exp.Null(), self.type_name(term.type))
            case bool():
                return exp.Boolean(this=term.value)
            case datetime():
                return self.as_type(exp.Literal.string(term.value.replace(tzinfo=None).isoformat(" ")), "TIMESTAMP")
            case date():
                return self.as_type(exp.Literal.string(term.value.isoformat()), "DATE")
            case Decimal():
                return self.as_type(exp.Literal.string(f"{term.value:f}"), self.type_name(term.type))
            case float() | int():
                number = _number(term.value)
                # Between two operators the literal's own width decides: say it where it is not DuckDB's default.
                return number if term.type.name == "int" else self.as_type(number, self.type_name(term.type))
            case text:
                return exp.Literal.string(text)

    def arithmetic(self, term: Term) -> Compiled:
        if term.operator == "divide":
            above, below = self.compile(term.arguments[0]), self.closed(term.arguments[1])
            return Compiled(exp.Div(this=paren(above.sql), expression=paren(below)), may_be_infinite=True)
        if term.operator == "remainder":
            return Compiled(self._remainder(term))
        sides = [argument.type for argument in term.arguments]
        overflows = term.type.is_integer and any(side.name != "int" for side in sides)

        def combine(*operands: exp.Expr) -> exp.Expr:
            wide = [
                paren(self._widened(side, kind, term, overflows)) for side, kind in zip(operands, sides, strict=True)
            ]
            if term.operator == "negate":
                value: exp.Expr = exp.Neg(this=wide[0])
            elif term.operator == "abs":
                value = call("ABS", wide[0])
            else:
                value = ARITHMETIC[term.operator](this=wide[0], expression=wide[1])
            if overflows:
                return self.try_as_type(value, "BIGINT")
            return self.as_type(value, self.type_name(term.type)) if term.type.is_decimal else value

        return self.strict(combine, term, term.type.is_floating)

    def _widened(self, side: exp.Expr, kind: DataType, term: Term, overflows: bool) -> exp.Expr:
        """An operand wide enough that the operator cannot overflow."""
        if term.type.is_integer:
            return self.as_type(side, "HUGEINT" if overflows else "BIGINT")
        if term.type.is_decimal and term.operator != "multiply":
            return self.as_type(side, self.type_name(term.type))
        if term.type.is_decimal:
            # DuckDB keeps a product of narrow decimals at 18 digits and raises beyond: as wide as the result, each.
            scale = kind.scale or 0
            return self.as_type(side, f"DECIMAL({max(term.type.precision or 0, scale)}, {scale})")
        return side

    def _remainder(self, term: Term) -> exp.Expr:
        dividend, divisor = term.arguments
        known = divisor.value if divisor.is_literal else None
        # The least bigint % -1 is 0, which DuckDB reports as an overflow.
        overflows = dividend.type.name != "int" and known in (None, 0, -1)
        left, right = self.closed(dividend), self.closed(divisor)
        if known in (None, 0):
            zero = exp.EQ(this=paren(right.copy()), expression=exp.Literal.number(0))
            right = exp.Case(ifs=[exp.If(this=exp.Not(this=exp.paren(zero)), true=right)])
        wide = self.as_type(left, "HUGEINT" if overflows else "BIGINT")
        return self.as_type(exp.Mod(this=paren(wide), expression=paren(right)), "BIGINT")

    def rounded(self, term: Term) -> Compiled:
        name, kind = term.operator.upper(), term.arguments[0].type
        sql = self.compile(term.arguments[0]).sql
        if kind.is_floating:
            # NaN, infinity and what is out of range alike come out as null.
            return Compiled(self.try_as_type(call(name, sql), "BIGINT"))
        if kind.is_decimal and kind.scale:
            # One more digit before the point than the type has: 9.9 becomes 10.
            wide = DataType("decimal", min(38, (kind.precision or 0) + 1), kind.scale)
            sql = call(name, self.as_type(sql, self.type_name(wide)))
        return Compiled(self.as_type(sql, self.type_name(term.type)))

    def cast(self, term: Term) -> Compiled:
        (argument,), to = term.arguments, term.type
        before = argument.type
        if before.name == "string":
            text = self.closed(argument)
            pattern = exp.Literal.string(_WHOLE_TEXT if to.is_integer else _NUMBER_TEXT)
            matches = call("REGEXP_FULL_MATCH", text.copy(), pattern)
            guarded = exp.Case(ifs=[exp.If(this=matches, true=self.try_as_type(text, self.type_name(to)))])
            return Compiled(guarded, may_be_infinite=to.is_floating)
        compiled = self.compile(argument)
        sql = compiled.sql
        if to.is_integer and (before.is_floating or before.is_decimal):
            sql = call("TRUNC", sql)
        if to.is_floating and before.is_decimal and (before.precision or 0) > _DIGITS_EXACT_IN_DOUBLE:
            sql = self.as_type(sql, "TEXT")
        if to.is_integer or to.is_decimal:
            cast = self.try_as_type if _narrows(before, to) else self.as_type
            return Compiled(cast(sql, self.type_name(to)))
        return Compiled(self.as_type(sql, self.type_name(to)), compiled.may_be_infinite)

    def like(self, value: exp.Expr, pattern: str) -> exp.Expr:
        matches = exp.Like(this=value, expression=exp.Literal.string(pattern))
        return exp.Escape(this=matches, expression=exp.Literal.string("\\"))

    def concat(self, parts: Sequence[exp.Expr]) -> exp.Expr:
        joined = paren(parts[0])
        for part in parts[1:]:
            joined = exp.DPipe(this=joined, expression=paren(part), safe=True)
        return joined

    def function(self, name: str, parts: Sequence[exp.Expr]) -> exp.Expr:
        match name:
            case "exp" | "pow":
                return call(name.upper(), *parts)
            case "trim":
                return call("TRIM", parts[0], exp.Literal.string(" "))
            case "length":
                return self.as_type(call("LENGTH", parts[0]), "INT")
            case "dayofweek":
                # DuckDB's Sunday is 0.
                day = exp.Add(this=call("DAYOFWEEK", parts[0]), expression=exp.Literal.number(1))
                return self.as_type(day, "INT")
            case "datediff":
                days = exp.Sub(this=paren(parts[0]), expression=paren(parts[1]))
                return self.try_as_type(exp.paren(days), "INT")
            case part if part in _PARTS:
                return self.as_type(call(_PARTS[part], parts[0]), "INT")
            case _:
                return call(_NAMES[name], *parts)


def _number(value: float) -> exp.Expr:
    digits = exp.Literal.number(repr(abs(value)))
    if value == -(2**63):
        return exp.Literal.string(str(value))
    return exp.Neg(this=digits) if value < 0 else digits


def _narrows(before: DataType, to: DataType) -> bool:
    return not (before.name == "boolean" or (before.name == "int" and to == BIGINT))
