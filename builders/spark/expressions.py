"""Canonical expressions in Spark's SQL, with try semantics at every operator.

A session in ANSI mode raises where the language says null, so every operator that can fail is one of Spark's `try_`
functions or comes with a guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from sqlglot import exp

from builders.spark.syntax import SYNTAX
from builders.sql.terms import ARITHMETIC, Compiled, TermCompiler, call, paren
from definitions.terms import Term
from definitions.types import DataType

_WHOLE_TEXT: Final = r"^ *[+-]?[0-9]+ *$"
_NUMBER_TEXT: Final = r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$"

_TRY: Final[Mapping[str, str]] = MappingProxyType(
    {"add": "try_add", "subtract": "try_subtract", "multiply": "try_multiply", "negate": "try_subtract"}
)
_INTEGERS: Final[Mapping[str, str]] = MappingProxyType({
    "year": "year", "quarter": "quarter", "month": "month", "weekofyear": "weekofyear", "day": "dayofmonth",
    "dayofyear": "dayofyear", "hour": "hour", "minute": "minute", "second": "second", "dayofweek": "dayofweek",
    "length": "length",
})  # fmt: skip
"""Functions whose answer is an int, with Spark's names for them."""


def compile_expression(canonical: str, types: Mapping[str, DataType]) -> exp.Expr:
    """The Spark AST of an expression over columns of these `types` (the source's, under their own names).

    Timestamps are `TIMESTAMP_NTZ` in UTC. The value has the expression's type.

    Raises:
        ExpressionError: the text cannot be read over these columns.
    """
    return _SparkTerms(types).compile_text(canonical)


class _SparkTerms(TermCompiler):
    syntax = SYNTAX
    type_names = MappingProxyType({
        "boolean": "BOOLEAN", "int": "INT", "bigint": "BIGINT", "double": "DOUBLE", "string": "STRING", "date": "DATE",
        "timestamp": "TIMESTAMP_NTZ",
    })  # fmt: skip

    def literal(self, term: Term) -> exp.Expr:
        kind = self.type_name(term.type)
        match term.value:
            case None:
                return self.as_type(exp.Null(), kind)
            case bool():
                return exp.Boolean(this=term.value)
            case datetime():
                return self.as_type(exp.Literal.string(term.value.replace(tzinfo=None).isoformat(" ")), kind)
            case date():
                return self.as_type(exp.Literal.string(term.value.isoformat()), kind)
            case Decimal():
                return self.as_type(exp.Literal.string(f"{term.value:f}"), kind)
            case float() | int():
                # A number with a point is a decimal to Spark, and beyond 38 digits none at all: a text is exact.
                return self.as_type(exp.Literal.string(repr(term.value)), kind)
            case text:
                return exp.Literal.string(text)

    def arithmetic(self, term: Term) -> Compiled:
        if term.operator == "divide":
            above, below = self.compile(term.arguments[0]), self.closed(term.arguments[1])
            quotient = call("try_divide", self.as_type(above.sql, "DOUBLE"), self.as_type(below, "DOUBLE"))
            return Compiled(quotient, may_be_infinite=True)
        if term.operator == "remainder":
            left, right = (self.as_type(self.closed(argument), "BIGINT") for argument in term.arguments)
            return Compiled(call("try_mod", left, right))
        if term.type.is_floating:
            return self.strict(lambda *sides: self._of_doubles(term.operator, sides), term, may_be_infinite=True)
        return self.strict(lambda *sides: self._of_whole_or_decimals(term, sides), term)

    def _of_doubles(self, operator: str, operands: Sequence[exp.Expr]) -> exp.Expr:
        sides = [self.as_type(operand, "DOUBLE") for operand in operands]
        if operator == "negate":
            return exp.Neg(this=paren(sides[0]))
        if operator == "abs":
            return call("abs", sides[0])
        return exp.paren(ARITHMETIC[operator](this=paren(sides[0]), expression=paren(sides[1])), copy=False)

    def _of_whole_or_decimals(self, term: Term, operands: Sequence[exp.Expr]) -> exp.Expr:
        kind = self.type_name(term.type)
        kinds = [argument.type for argument in term.arguments]
        sides = [self._widened(side, own, term) for side, own in zip(operands, kinds, strict=True)]
        zero = self.as_type(exp.Literal.number(0), kind)
        if term.operator == "abs":
            # The least bigint has no magnitude.
            positive = exp.GTE(this=paren(sides[0].copy()), expression=exp.Literal.number(0))
            negated = call("try_subtract", zero, sides[0].copy())
            value: exp.Expr = exp.Case(ifs=[exp.If(this=positive, true=sides[0])], default=negated)
        else:
            value = call(_TRY[term.operator], *([zero] if term.operator == "negate" else []), *sides)
        return self.try_as_type(value, kind) if term.type.is_decimal else value

    def _widened(self, side: exp.Expr, kind: DataType, term: Term) -> exp.Expr:
        """An operand in a type in which the operator fails where the result does, and not before."""
        if term.type.is_integer:
            return self.as_type(side, "BIGINT")
        if term.operator != "multiply":
            return self.try_as_type(side, self.type_name(term.type))
        return side if kind.is_decimal else self.as_type(side, f"DECIMAL({10 if kind.name == 'int' else 19}, 0)")

    def rounded(self, term: Term) -> Compiled:
        name, kind = term.operator, term.arguments[0].type
        sql = self.compile(term.arguments[0]).sql
        if kind.is_floating:
            return Compiled(self._if_in_bigint(sql, call(name, sql.copy())))
        if kind.is_decimal and kind.scale:
            return Compiled(self.try_as_type(call(name, sql), self.type_name(term.type)))
        return Compiled(self.as_type(sql, self.type_name(term.type)))

    def _if_in_bigint(self, value: exp.Expr, whole: exp.Expr) -> exp.Expr:
        """A whole number made of a double; null beyond bigint, where Spark has the largest one."""
        least, beyond = (self.as_type(exp.Literal.string(repr(bound)), "DOUBLE") for bound in (-(2.0**63), 2.0**63))
        inside = exp.And(
            this=exp.GTE(this=paren(value.copy()), expression=least),
            expression=exp.LT(this=paren(value.copy()), expression=beyond),
        )
        return exp.Case(ifs=[exp.If(this=inside, true=whole)])

    def cast(self, term: Term) -> Compiled:
        (argument,), to = term.arguments, term.type
        before, kind = argument.type, self.type_name(term.type)
        if before.name == "string":
            text = self.closed(argument)
            pattern = exp.Literal.string(_WHOLE_TEXT if to.is_integer else _NUMBER_TEXT)
            matches = call("regexp_like", text.copy(), pattern)
            guarded = exp.Case(ifs=[exp.If(this=matches, true=self.try_as_type(call("trim", text), kind))])
            return Compiled(guarded, may_be_infinite=to.is_floating)
        compiled = self.compile(argument)
        sql = compiled.sql
        if to.is_integer and before.is_floating:
            return Compiled(self.try_as_type(self._if_in_bigint(sql, self.as_type(sql.copy(), "BIGINT")), kind))
        if before.name == "boolean" and to.is_decimal:
            sql = self.as_type(sql, "INT")
        if to.is_integer or to.is_decimal:
            return Compiled(self.try_as_type(sql, kind))
        return Compiled(self.as_type(sql, kind), compiled.may_be_infinite)

    def like(self, value: exp.Expr, pattern: str) -> exp.Expr:
        return exp.Like(this=value, expression=exp.Literal.string(pattern))

    def concat(self, parts: Sequence[exp.Expr]) -> exp.Expr:
        return call("concat", *parts)

    def function(self, name: str, parts: Sequence[exp.Expr]) -> exp.Expr:
        match name:
            case "trim":
                return exp.Trim(this=parts[0])
            case "unix_micros":
                return call("unix_micros", self.as_type(parts[0], "TIMESTAMP"))
            case part if part in _INTEGERS:
                return self.as_type(call(_INTEGERS[part], *parts), "INT")
            case _:
                return call(name, *parts)
