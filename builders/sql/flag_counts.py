"""SQL that counts of how many rows each of many conditions is true, without an aggregate for each.

Spark plans a thousand aggregates over a thousand columns in minutes, as it looks for each column among all. Here each
row becomes an array, of the places of the conditions that are true of it and nulls, whose elements are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from builders.sql.ast import alias, call, column, not_null, number, select, text

_PLACES: Final = "places"
_PLACE: Final = "place"


def render_flag_counts(conditions: Sequence[exp.Expression], relation: exp.Expression) -> exp.Select:
    """A row for each condition that is true of any row: its place among them, from 0, and of how many."""
    places = [
        exp.Case(ifs=[exp.If(this=condition.transform(_spelt_out), true=number(place))])
        for place, condition in enumerate(conditions)
    ]
    rows = select(alias(call("array", *places), _PLACES)).from_(relation, copy=False)
    # By itself, as functions of ours cannot be spoken of where rows are multiplied.
    flags = select(alias(call("explode", column(_PLACES)), _PLACE)).from_("rows", copy=False)
    counted = select(column(_PLACE), exp.Count(this=exp.Star())).from_("flags", copy=False)
    counted = counted.where(not_null(column(_PLACE)), copy=False).group_by(column(_PLACE), copy=False)
    return counted.with_("rows", as_=rows, copy=False).with_("flags", as_=flags, copy=False)


def _spelt_out(node: exp.Expression) -> exp.Expression:
    """A column as a finite number without the function that says so, as the body of one is parsed anew at each call."""
    if isinstance(node, exp.Anonymous) and node.name == "finite" and isinstance(node.expressions[0], exp.Column):
        value = node.expressions[0]
        is_finite = exp.LT(this=call("abs", value.copy()), expression=call("double", text("Infinity")))
        return exp.Case(ifs=[exp.If(this=is_finite, true=value)])
    return node
