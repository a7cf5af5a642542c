"""Words of the SQL that we generate: functions that each engine defines under one name, and rows as structs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlglot import exp

from builders.sql.ast import all_of, call, case, cast, column, not_null, number, text
from definitions.patterns import LONGEST_TEXT
from definitions.types import STRING


def floor_to_hop(instant: exp.Expression, hop: int) -> exp.Expression:
    """The greatest multiple of `hop` at or below `instant`."""
    return call("floor_to_hop", instant, number(hop))


def has_key(key: Mapping[str, str]) -> exp.Expression:
    """Whether key columns have these values, each given as a text of whatever type its column has."""
    return all_of(exp.EQ(this=column(name), expression=text(value)) for name, value in key.items())


def is_short(value: exp.Expression) -> exp.Expression:
    """Whether a text is no longer than one that patterns may be held against."""
    return exp.LTE(this=call("length", value), expression=number(LONGEST_TEXT))


def digest_of_key(names: Sequence[str], salt: str = "") -> exp.Expression:
    """The SHA-256 (hex) of a salt and the texts of a key's parts, each after a line feed."""
    salted: exp.Expression = text(salt)
    for name in names:
        for part in (text("\n"), cast(column(name), STRING)):
            salted = exp.DPipe(this=salted, expression=part, safe=True)
    return call("sha256", salted)


def bucket(value: exp.Expression) -> exp.Expression:
    """The logarithmic bucket that a double lies in."""
    return call("bucket", value)


def quantile(totals: exp.Expression, share: float) -> exp.Expression:
    """The edge of the bucket that holds the value of which `share` of all are no greater; `totals` are added up."""
    return call("quantile_of", totals, exp.Literal.number(f"{Decimal(repr(share)):f}"))


def count_of_sketch(sketch: exp.Expression) -> exp.Expression:
    """About how many distinct values a sketch has seen."""
    return call("count_of_sketch", sketch)


def row_in_order(
    value: exp.Expression,
    instant: exp.Expression | None,
    tiebreak: exp.Expression | None,
    may_be_null: bool,
) -> exp.Expression:
    """What rows are ordered by: a struct (instant, tiebreak, value) with nulls first in each.

    Of rows of one instant, `instant` is None; without a tiebreak and nulls either it is the value itself.
    """
    if instant is None and tiebreak is None and not may_be_null:
        return value
    parts = [] if instant is None else [("instant", instant)]
    if tiebreak is not None:
        parts += [("has_tiebreak", not_null(tiebreak.copy())), ("tiebreak", tiebreak)]
    if may_be_null:
        parts.append(("has_value", not_null(value.copy())))
    parts.append(("value", value))
    return exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=part) for name, part in parts]
    )


def pack(instant_column: exp.Expression, value: exp.Expression) -> exp.Expression:
    """A row's instant and value as one struct; null where there is no row."""
    struct = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier("instant"), expression=instant_column),
            exp.PropertyEQ(this=exp.to_identifier("value"), expression=value),
        ]
    )
    return case(not_null(instant_column.copy()), struct)
