"""Small words for building SQL as an AST, so that no identifier or value is ever pasted into text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from definitions.types import DataType

_TYPES = {
    "boolean": exp.DataType.Type.BOOLEAN,
    "int": exp.DataType.Type.INT,
    "bigint": exp.DataType.Type.BIGINT,
    "float": exp.DataType.Type.FLOAT,
    "double": exp.DataType.Type.DOUBLE,
    "string": exp.DataType.Type.TEXT,
    "date": exp.DataType.Type.DATE,
    "timestamp": exp.DataType.Type.TIMESTAMPNTZ,
    "binary": exp.DataType.Type.VARBINARY,
    "array": exp.DataType.Type.ARRAY,
    "map": exp.DataType.Type.MAP,
}


def select(*columns: exp.Expression | str) -> exp.Select:
    """`SELECT columns`; like everything here it takes the nodes themselves, as sqlglot's own builders would copy them
    (and a frame of 84 columns spent most of its planning in copies)."""
    return exp.Select(expressions=[exp.Star() if item == "*" else item for item in columns])


def column(name: str, table: str | None = None) -> exp.Column:
    held = None if table is None else exp.to_identifier(table, quoted=True)
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=held)


def number(value: int | float) -> exp.Expression:
    """A numeric literal that reads back as exactly `value`."""
    literal = exp.Literal.number(repr(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal


def text(value: str) -> exp.Expression:
    return exp.Literal.string(value)


def alias(expression: exp.Expression, name: str) -> exp.Alias:
    return exp.Alias(this=expression, alias=exp.to_identifier(name, quoted=True))


def call(function: str, *arguments: exp.Expression) -> exp.Expression:
    """A function by its name in the engine's own dialect."""
    return exp.Anonymous(this=function, expressions=list(arguments))


def cast(expression: exp.Expression, kind: DataType) -> exp.Expression:
    return exp.Cast(this=expression, to=sql_type(kind))


def sql_type(kind: DataType) -> exp.DataType:
    if kind.is_decimal:
        parameters = [exp.DataTypeParam(this=number(part or 0)) for part in (kind.precision, kind.scale)]
        return exp.DataType(this=exp.DataType.Type.DECIMAL, expressions=parameters)
    if kind.parts:
        return exp.DataType(this=_TYPES[kind.name], expressions=[sql_type(part) for part in kind.parts], nested=True)
    return exp.DataType(this=_TYPES[kind.name])


def null_of(kind: DataType) -> exp.Expression:
    return cast(exp.Null(), kind)


def all_of(conditions: Iterable[exp.Expression]) -> exp.Expression:
    return exp.and_(*conditions, copy=False)


def negated(condition: exp.Expression) -> exp.Expression:
    """What is true where a condition is false, whatever it is made of."""
    return exp.Not(this=exp.Paren(this=condition))


def not_null(expression: exp.Expression) -> exp.Expression:
    return exp.Not(this=is_null(expression))


def is_null(expression: exp.Expression) -> exp.Expression:
    return exp.Is(this=_operand(expression), expression=exp.Null())


def coalesce(expression: exp.Expression, default: exp.Expression) -> exp.Expression:
    return exp.Coalesce(this=expression, expressions=[default])


def case(condition: exp.Expression, value: exp.Expression, otherwise: exp.Expression | None = None) -> exp.Expression:
    return exp.Case(ifs=[exp.If(this=condition, true=value)], default=otherwise)


def count_if(condition: exp.Expression) -> exp.Expression:
    """Of how many rows a condition is true, which DuckDB says nothing of where it is null of all."""
    return exp.Coalesce(this=exp.CountIf(this=condition), expressions=[number(0)])


def only_where(aggregate: exp.Expression, condition: exp.Expression | None) -> exp.Expression:
    """`aggregate FILTER (WHERE condition)`."""
    return aggregate if condition is None else exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def plus(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.Add(this=_operand(left), expression=_operand(right))


def minus(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.Sub(this=_operand(left), expression=_operand(right))


def times(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.Mul(this=_operand(left), expression=_operand(right))


def divide(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return exp.Div(this=_operand(left), expression=_operand(right))


def _operand(expression: exp.Expression) -> exp.Expression:
    """Operators have no parentheses of their own in the AST."""
    return exp.Paren(this=expression) if isinstance(expression, (exp.Binary, exp.Unary)) else expression


def union_all(queries: Sequence[exp.Select]) -> exp.Query:
    whole: exp.Query = queries[0]
    for query in queries[1:]:
        whole = exp.Union(this=whole, expression=query, distinct=False)
    return whole


def between(value: exp.Expression, start: int | None, end: int | None) -> list[exp.Expression]:
    """`start <= value` and `value < end`, without the bounds that are None."""
    conditions: list[exp.Expression] = []
    if start is not None:
        conditions.append(exp.GTE(this=value.copy(), expression=number(start)))
    if end is not None:
        conditions.append(exp.LT(this=value.copy(), expression=number(end)))
    return conditions
