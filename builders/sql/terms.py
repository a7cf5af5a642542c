"""Canonical expressions in SQL: what is the same on every engine of walking a term and guarding its failures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from sqlglot import exp

from definitions.expressions import parse_expression
from definitions.terms import Term
from definitions.types import DataType

_COMPARED: Final[Mapping[str, type[exp.Binary]]] = MappingProxyType(
    {"equal": exp.EQ, "same": exp.NullSafeEQ, "less": exp.LT, "less_equal": exp.LTE}
)
ARITHMETIC: Final[Mapping[str, type[exp.Binary]]] = MappingProxyType(
    {"add": exp.Add, "subtract": exp.Sub, "multiply": exp.Mul}
)


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL that may still yield NaN or infinity where null is meant."""

    sql: exp.Expr
    may_be_infinite: bool = False


class TermCompiler(ABC):
    """Compiles terms over columns of some types; an engine says how it computes, and what of it may fail.

    Doubles are checked for NaN and infinity only where something would notice: `(x + y) + z` needs one check around the
    whole, because an infinity inside it cannot come out as a number.
    """

    syntax: ClassVar[str]
    """What sqlglot calls the engine's SQL."""

    type_names: ClassVar[Mapping[str, str]]
    """The engine's names of our types, but for decimals."""

    def __init__(self, types: Mapping[str, DataType]) -> None:
        self.types = types

    def compile_text(self, canonical: str) -> exp.Expr:
        """An expression, null wherever the language says null.

        Raises:
            ExpressionError: the text cannot be read over these columns.
        """
        return self.closed(parse_expression(canonical, self.types).term)

    def closed(self, term: Term) -> exp.Expr:
        """A term with its guards."""
        compiled = self.compile(term)
        return self.finite(compiled.sql) if compiled.may_be_infinite else compiled.sql

    def compile(self, term: Term) -> Compiled:
        """A term, perhaps without the guard around it."""
        match term.operator:
            case "column":
                return self._column(term)
            case "literal":
                return Compiled(self.literal(term))
            case "add" | "subtract" | "multiply" | "negate" | "abs" | "divide" | "remainder":
                return self.arithmetic(term)
            case "sqrt" | "ln" | "log10":
                return self.strict(lambda inner: call(term.operator.upper(), inner), term, may_be_infinite=True)
            case "floor" | "ceil":
                return self.rounded(term)
            case "cast":
                return self.cast(term)
            case _:
                return Compiled(self._total(term), may_be_infinite=term.operator in ("exp", "pow"))

    def strict(self, build: Callable[..., exp.Expr], term: Term, may_be_infinite: bool = False) -> Compiled:
        """An operator that passes NaN and infinity on: an argument that is one makes the result one."""
        parts = [self.compile(argument) for argument in term.arguments]
        return Compiled(
            build(*(part.sql for part in parts)), may_be_infinite or any(part.may_be_infinite for part in parts)
        )

    @abstractmethod
    def finite(self, sql: exp.Expr) -> exp.Expr:
        """A double; null where it is NaN or infinite."""

    @abstractmethod
    def literal(self, term: Term) -> exp.Expr:
        """A constant, of exactly its type."""

    @abstractmethod
    def arithmetic(self, term: Term) -> Compiled:
        """An operator on numbers; overflow and division by zero are null, or infinite where that is said."""

    @abstractmethod
    def rounded(self, term: Term) -> Compiled:
        """`floor` or `ceil`."""

    @abstractmethod
    def cast(self, term: Term) -> Compiled:
        """A value in another type; what does not fit is null."""

    @abstractmethod
    def like(self, value: exp.Expr, pattern: str) -> exp.Expr:
        """Whether a text is like a pattern in which a backslash escapes."""

    @abstractmethod
    def concat(self, parts: Sequence[exp.Expr]) -> exp.Expr:
        """Texts one after another."""

    @abstractmethod
    def function(self, name: str, parts: Sequence[exp.Expr]) -> exp.Expr:
        """Any other function, of arguments that are guarded."""

    def _column(self, term: Term) -> Compiled:
        name = str(term.value)
        column = exp.column(name, quoted=True)
        if self.types[name].name == "float":
            return Compiled(self.as_type(column, "DOUBLE"), may_be_infinite=True)
        return Compiled(column, may_be_infinite=self.types[name].is_floating)

    def _total(self, term: Term) -> exp.Expr:
        """An operator that would hide a failure inside it, so that its arguments come guarded."""
        parts = [self.closed(argument) for argument in term.arguments]
        match term.operator:
            case "equal" | "same" | "less" | "less_equal":
                return _COMPARED[term.operator](this=paren(parts[0]), expression=paren(parts[1]))
            case "and" | "or":
                return exp.and_(*parts) if term.operator == "and" else exp.or_(*parts)
            case "not":
                return exp.Not(this=paren(parts[0]))
            case "is_null":
                return exp.Is(this=paren(parts[0]), expression=exp.Null())
            case "in":
                return exp.In(this=paren(parts[0]), expressions=parts[1:])
            case "like":
                return self.like(paren(parts[0]), str(term.value))
            case "case":
                branches = [exp.If(this=parts[i], true=parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
                return exp.Case(ifs=branches, default=parts[-1] if len(parts) % 2 else None)
            case "coalesce":
                return exp.Coalesce(this=parts[0], expressions=parts[1:])
            case "concat":
                return self.concat(parts)
            case function:
                return self.function(function, parts)

    def as_type(self, sql: exp.Expr, name: str) -> exp.Expr:
        """A cast that cannot fail."""
        to = exp.DataType.build(name, dialect=self.syntax)
        # `exp.cast` takes decimals of different digits for one type, and leaves the cast out.
        return sql if isinstance(sql, exp.Cast) and sql.to == to else exp.Cast(this=sql, to=to)

    def try_as_type(self, sql: exp.Expr, name: str) -> exp.Expr:
        """A cast that is null where it fails."""
        return exp.TryCast(this=sql, to=exp.DataType.build(name, dialect=self.syntax))

    def type_name(self, kind: DataType) -> str:
        """A type in the engine's words."""
        return self.type_names.get(kind.name) or f"DECIMAL({kind.precision}, {kind.scale})"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function by its name: sqlglot would translate one that it knows, and these are the engine's own already."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def paren(sql: exp.Expr) -> exp.Expr:
    """In parentheses wherever the operator around it could take it apart."""
    compound = isinstance(sql, (exp.Binary, exp.Unary, exp.In, exp.Not, exp.Between)) and not isinstance(sql, exp.Paren)
    return exp.paren(sql, copy=False) if compound else sql
