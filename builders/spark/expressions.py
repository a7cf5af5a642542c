"""Canonical expressions in Spark's SQL, with try semantics at every operator.

A session in ANSI mode raises where the language says null: every operator that can fail is one of Spark's `try_`
functions, or what it fails on is made null before. The guards are functions of `builders.spark.functions`, which name
their argument once: SQL grows as the text does, however deep it is nested.
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
from definitions.coercion import as_decimal, coerce
from definitions.expressions import widens
from definitions.terms import Term
from definitions.types import BIGINT, INT, DataType

# The group is what is cast; where nothing matches it is the empty text, which is no number either.
_WHOLE_TEXT: Final = r"\A *([+-]?[0-9]+) *\z"
_NUMBER_TEXT: Final = r"\A *([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?) *\z"
_LARGEST_INT: Final = 2**31 - 1
# Spark negates a decimal in Scala's arithmetic, which rounds to so many digits.
_DIGITS_NEGATED: Final = 34
# Spark counts 20 digits in a bigint. It takes the cast of such a decimal for one that cannot fail, and leaves it out
# below another cast.
_BEYOND_INTEGERS: Final = 21

_SUFFIXES: Final[Mapping[str, str]] = MappingProxyType({"int": "", "bigint": "L", "double": "D"})
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"lower": "lower_letters", "upper": "upper_letters", "day": "dayofmonth"}
)
"""Functions that Spark has under another name, or that are our own."""


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

    def finite(self, sql: exp.Expr) -> exp.Expr:
        return call("finite", sql)

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
                # Without its suffix a number with a point is a decimal to Spark.
                digits = exp.Literal.number(f"{abs(term.value)!r}{_SUFFIXES[term.type.name]}")
                return exp.Neg(this=digits) if term.value < 0 else digits
            case text:
                return exp.Literal.string(text)

    def arithmetic(self, term: Term) -> Compiled:
        if term.operator == "divide":
            above, below = self.compile(term.arguments[0]), self.closed(term.arguments[1])
            return Compiled(call("try_divide", above.sql, below), may_be_infinite=True)
        if term.operator == "remainder":
            return Compiled(call("try_mod", *(self.closed(coerce(side, BIGINT)) for side in term.arguments)))
        if term.type.is_floating:
            return self.strict(lambda *sides: self._of_doubles(term.operator, sides), term, may_be_infinite=True)
        return Compiled(self._of_decimals(term) if term.type.is_decimal else self._of_integers(term))

    def _of_doubles(self, operator: str, sides: Sequence[exp.Expr]) -> exp.Expr:
        if operator == "abs":
            return call("abs", sides[0])
        operands = [paren(side) for side in sides]
        if operator == "negate":
            return exp.Neg(this=operands[0])
        return ARITHMETIC[operator](this=operands[0], expression=operands[1])

    def _of_integers(self, term: Term) -> exp.Expr:
        sides = [self.closed(coerce(side, BIGINT)) for side in term.arguments]
        zero = exp.Literal.number("0L")
        if term.operator == "negate":
            return call("try_subtract", zero, sides[0])
        if term.operator == "abs":
            # The least bigint has no magnitude, where abs would raise.
            return self.try_as_type(call("abs", self.as_type(sides[0], f"DECIMAL({_BEYOND_INTEGERS}, 0)")), "BIGINT")
        # Spark would add the literals of `(b + 5) + -5` first, which does not overflow where `b + 5` does.
        apart = [
            call("try_subtract", sql, zero.copy()) if side.operator == term.operator else sql
            for side, sql in zip(term.arguments, sides, strict=True)
        ]
        return call(f"try_{term.operator}", *apart)

    def _of_decimals(self, term: Term) -> exp.Expr:
        """Operands are of such types that Spark's result has the term's: with more digits it would lose places."""
        precision, scale = term.type.precision or 0, term.type.scale or 0
        match term.operator:
            case "multiply":
                return call(
                    "try_multiply", *(self.closed(coerce(side, as_decimal(side.type))) for side in term.arguments)
                )
            case "add" | "subtract":
                narrower = DataType("decimal", precision - 1, scale)
                return call(f"try_{term.operator}", *(self.closed(coerce(side, narrower)) for side in term.arguments))
        value = self.closed(term.arguments[0])
        if precision <= _DIGITS_NEGATED:
            return exp.Neg(this=paren(value)) if term.operator == "negate" else call("abs", value)
        digits, minus, nothing = self.as_type(value, "STRING"), exp.Literal.string("-"), exp.Literal.string("")
        if term.operator == "negate":
            digits, minus = call("concat", minus, digits), exp.Literal.string("--")
        return self.try_as_type(call("replace", digits, minus, nothing), self.type_name(term.type))

    def rounded(self, term: Term) -> Compiled:
        argument = term.arguments[0]
        if argument.type.is_floating:
            # Spark has the nearest bigint for what is out of range, and 0 for NaN.
            return Compiled(call(term.operator, call("in_bigint", self.compile(argument).sql)))
        if argument.type.scale:
            return Compiled(call(term.operator, self.closed(argument)))
        return Compiled(self.closed(coerce(argument, term.type)))

    def cast(self, term: Term) -> Compiled:
        (argument,), to = term.arguments, term.type
        before, kind = argument.type, self.type_name(term.type)
        if before.name == "string":
            pattern = exp.Literal.string(_WHOLE_TEXT if to.is_integer else _NUMBER_TEXT)
            digits = call("regexp_extract", self.closed(argument), pattern, exp.Literal.number(1))
            return Compiled(self.try_as_type(digits, kind), may_be_infinite=to.is_floating)
        compiled = self.compile(argument)
        sql = compiled.sql
        if widens(before, to) or to.is_temporal:
            return Compiled(self.as_type(sql, kind), compiled.may_be_infinite)
        if to == BIGINT and before.is_floating:
            # Spark lets 2**63 pass, as the largest bigint.
            sql = call("in_bigint", sql)
        if to.is_integer and before.is_decimal and not before.scale:
            sql = self.as_type(sql, f"DECIMAL({max(before.precision or 0, _BEYOND_INTEGERS)}, 0)")
        return Compiled(self.try_as_type(sql, kind))

    def compile(self, term: Term) -> Compiled:
        if term.operator == "substring":
            # No text is longer than the ints that Spark counts in.
            text, *positions = term.arguments
            within = (Term("literal", INT, value=min(int(str(each.value)), _LARGEST_INT)) for each in positions)
            term = Term(term.operator, term.type, (text, *within))
        return super().compile(term)

    def like(self, value: exp.Expr, pattern: str) -> exp.Expr:
        return exp.Like(this=value, expression=exp.Literal.string(pattern))

    def concat(self, parts: Sequence[exp.Expr]) -> exp.Expr:
        return call("concat", *parts)

    def function(self, name: str, parts: Sequence[exp.Expr]) -> exp.Expr:
        if name == "unix_micros":
            return call(name, self.as_type(parts[0], "TIMESTAMP"))
        return call(_NAMES.get(name, name), *parts)
