"""SQL of the frame: every answer joined back to the spine's rows, slot windows finished into feature values."""

from __future__ import annotations

from sqlglot import exp

from builders.duckdb import dialect
from builders.plan import Answer, Form, Frame, Output, Tiles, TileSlot
from builders.slots import SlotWindow
from builders.sql.ast import (
    alias,
    all_of,
    call,
    case,
    cast,
    coalesce,
    column,
    divide,
    minus,
    not_null,
    number,
    select,
    text,
)
from builders.sql.merge import value_columns
from builders.sql.pairs import ASKED_AT, BOUNDARY, ROW, boundary_column, key_column
from definitions.types import BIGINT, DECIMAL_INTEGER, DOUBLE

AT = "__at"
"""The suffix of the column that holds a raw output's row timestamp, in microseconds."""

SUM_ERROR = "sum of feature "
"""How the message begins when an integer sum leaves bigint; the feature column's name follows."""


def render_frame(node: Frame) -> exp.Select:
    """The spine's rows in order, its carried columns, and one column per output.

    Outputs that are the same computation, as of views that share their slots, are finished once and renamed.
    """
    spine = node.spine
    query = select(column(ROW, spine.name), *(column(name, spine.name) for name in spine.carried)).from_(
        spine.name, copy=False
    )
    joined: dict[str, None] = {}
    finished: dict[object, list[exp.Alias]] = {}
    for output in node.outputs:
        for form, _, _ in output.answer.windows:
            name = answer_alias(form, output.answer)
            if name not in joined:
                joined[name] = None
                query = _join_answer(query, node, form, output.answer, name)
        if _computation(output) not in finished:
            finished[_computation(output)] = _finish(output)
            query = query.select(*finished[_computation(output)], copy=False)
    if len(finished) == len(node.outputs):
        return query.order_by(column(ROW, spine.name), copy=False)
    renamed = [
        alias(column(held.alias), held.alias.replace(finished[_computation(output)][0].alias, output.name, 1))
        for output in node.outputs
        for held in finished[_computation(output)]
    ]
    outer = select(column(ROW), *(column(name) for name in spine.carried), *renamed)
    return outer.from_(query.subquery("finished", copy=False), copy=False).order_by(column(ROW), copy=False)


def _computation(output: Output) -> object:
    """What makes two outputs the same value in every row."""
    ttl = output.column.feature.ttl
    windows = tuple((form.name, asked.name) for form, _, asked in output.answer.windows)
    kind = (output.column.feature.agg, ttl.microseconds if ttl else None, str(output.column.type), output.raw)
    return (output.answer.role, windows, kind)


def answer_alias(form: Form, answer: Answer) -> str:
    """A form joined once per role."""
    return f"{form.name}__{'_'.join(answer.role.columns)}"


def _join_answer(query: exp.Select, node: Frame, form: Form, answer: Answer, name: str) -> exp.Select:
    spine = node.spine.name
    matches = [
        exp.EQ(this=column(key_column(held), spine), expression=column(key, name))
        for key, held in zip(form.pairs.keys, answer.role.columns, strict=True)
    ]
    boundary = column(boundary_column(form.pairs.grid), spine)
    matches.append(exp.EQ(this=boundary, expression=column(BOUNDARY, name)))
    target = exp.to_table(form.name).as_(exp.to_identifier(name, quoted=True), copy=False)
    return query.join(target, on=all_of(matches), join_type="LEFT", copy=False)


def _finish(output: Output) -> list[exp.Alias]:
    """From slot windows to the feature's value."""
    feature = output.column.feature
    first = _Found.of(output, 0)
    match feature.agg:
        case "count":
            value = coalesce(first.single(), number(0))
        case "sum":
            value = _sum(output, first)
        case "mean":
            count = _Found.of(output, 1).single()
            total = cast(first.single(), DOUBLE) if not first.held.slot.is_double_sum else _double_sum(first)
            value = divide(total, exp.Nullif(this=count, expression=number(0)))
        case "min" | "max":
            value = first.single()
        case "first" | "last":
            return _picked(output, first)
    return [alias(value, output.name)]


class _Found:
    """A slot window's columns as they are joined to the spine."""

    def __init__(self, form: Form, tiles: Tiles, asked: SlotWindow, table: str) -> None:
        self.held: TileSlot = next(held for held in tiles.slots if held.slot == asked.slot)
        names = value_columns(tiles, self.held, asked)
        self.columns = [column(names[item.name], table) for item in self.held.columns]

    @classmethod
    def of(cls, output: Output, position: int) -> _Found:
        form, tiles, asked = output.answer.windows[position]
        return cls(form, tiles, asked, answer_alias(form, output.answer))

    def single(self) -> exp.Expression:
        assert len(self.columns) == 1
        return self.columns[0].copy()


def _double_sum(found: _Found) -> exp.Expression:
    """Null limbs are zero: a part of the tiles that needs fewer of them leaves the others out."""
    zero = cast(number(0), DECIMAL_INTEGER)
    limbs = found.held.limbs
    values = (value if len(limbs) == 1 else coalesce(value, zero.copy()) for value in found.columns)
    return dialect.exact_sum(dict(zip(limbs, values, strict=True)))


def _sum(output: Output, found: _Found) -> exp.Expression:
    """Null over no values, of which the count tells where there is one."""
    if len(output.answer.windows) > 1:
        some: exp.Expression = exp.GT(this=coalesce(_Found.of(output, 1).single(), number(0)), expression=number(0))
    else:
        some = exp.or_(*(not_null(held.copy()) for held in found.columns), copy=False)
    slot = found.held.slot
    if slot.is_double_sum:
        return case(some, _double_sum(found))
    total = found.single()
    if slot.type.is_decimal:
        return case(some, cast(total, output.column.type))
    limit = exp.Between(this=total, low=number(-(2**63)), high=number(2**63 - 1))
    error = call("error", text(f"{SUM_ERROR}{output.name} leaves the range of bigint"))
    return case(some, case(limit, cast(total.copy(), BIGINT), cast(error, BIGINT)))


def _picked(output: Output, found: _Found) -> list[exp.Alias]:
    at, value = (item.copy() for item in found.columns)
    if output.raw:
        return [alias(value, output.name), alias(at, output.name + AT)]
    ttl = output.column.feature.ttl
    if ttl is not None:
        alive = exp.GTE(this=at, expression=minus(column(ASKED_AT), number(ttl.microseconds)))
        value = case(alive, value)
    return [alias(value, output.name)]
