"""SQL that counts of how many rows each of many conditions is true, without an aggregate for each.

Spark plans a thousand aggregates over a thousand columns in minutes, as it looks for each column among all. Here a row
becomes the places of the conditions that are true of it, few where data are as they should be, and places are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from builders.sql.ast import alias, call, column, number, select

_PLACE: Final = "place"


def render_flag_counts(conditions: Sequence[exp.Expression], relation: exp.Expression) -> exp.Select:
    """A row for each condition that is true of any row: its place among them, from 0, and of how many."""
    places = [exp.Case(ifs=[exp.If(this=condition, true=number(place))]) for place, condition in enumerate(conditions)]
    true_of_row = call("explode", call("array_compact", call("array", *places)))
    flags = select(alias(true_of_row, _PLACE)).from_(relation, copy=False)
    counted = select(column(_PLACE), exp.Count(this=exp.Star())).from_("flags", copy=False)
    return counted.group_by(column(_PLACE), copy=False).with_("flags", as_=flags, copy=False)
