"""An as-of join on Spark: one sort of both sides and a running value.

Spark's own as-of join reads all rows of a key again for each row that asks.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from builders.layout import as_of_key
from builders.sql.ast import alias, call, column, select, union_all

_AT, _ASKS, _ROW, _FOUND = "__at", "__asks", "__row", "__found"


def join_as_of(
    query: exp.Select, table: exp.Table, keys: Sequence[tuple[exp.Expression, str]], instant: exp.Expression, known: str
) -> exp.Select:
    """The query over its rows with the columns of the last row of `table` that was known at each row's instant.

    Rows and the table's rows stand in one union, by key and instant, the table's first where these are equal. Either is
    packed into a struct, so that nobody has to name its columns.
    """
    names = [as_of_key(position) for position in range(len(keys))]
    packed, nothing = call("struct", exp.Star()), exp.Null()

    def side(at: exp.Expression, asks: bool, key_columns: Sequence[exp.Expression]) -> exp.Select:
        parts = [*zip(key_columns, names, strict=True), (at, _AT), (exp.Boolean(this=asks), _ASKS)]
        parts += [(packed if asks else nothing, _ROW), (nothing if asks else packed, _FOUND)]
        return select(*(alias(value.copy(), name) for value, name in parts))

    rows = side(instant, True, [left for left, _ in keys]).from_(query.args["from_"].this, copy=False)
    known_rows = side(column(known), False, [column(right) for _, right in keys]).from_(table, copy=False)
    latest = exp.Window(
        this=exp.IgnoreNulls(this=exp.LastValue(this=column(_FOUND))),
        partition_by=[column(name) for name in names],
        order=exp.Order(expressions=[exp.Ordered(this=column(_AT)), exp.Ordered(this=column(_ASKS))]),
        spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
    )
    union = union_all([rows, known_rows]).subquery("together", copy=False)
    running = select(column(_ASKS), column(_ROW), alias(latest, _FOUND)).from_(union, copy=False)
    unpacked = [exp.Column(this=exp.Star(), table=exp.to_identifier(part)) for part in (_ROW, _FOUND)]
    beside = select(*unpacked).from_(running.subquery("running", copy=False), copy=False)
    beside = beside.where(column(_ASKS), copy=False)
    query.set("from_", exp.From(this=beside.subquery("events", copy=False)))
    return query
