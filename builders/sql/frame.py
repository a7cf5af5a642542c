"""SQL of the frame: every answer joined back to the spine's rows, slot windows finished into feature values."""

from __future__ import annotations

from sqlglot import exp

from builders.answers import Answer, Frame, Output
from builders.forms import Form
from builders.layout import key_column
from builders.sql.ast import (
    alias,
    all_of,
    column,
    select,
)
from builders.sql.dialect import Dialect
from builders.sql.finish import answer_alias, finish_value
from builders.sql.pairs import BOUNDARY, ROW, boundary_column


def render_frame(dialect: Dialect, node: Frame) -> exp.Select:
    """The spine's rows in order, its carried columns, and one column per output.

    Outputs that are the same computation, as of views that share their slots, are finished once and renamed.
    """
    spine = node.spine
    query = select(column(ROW, spine.name), *(column(name, spine.name) for name in spine.carried)).from_(
        spine.name, copy=False
    )
    joined: dict[str, None] = {}
    finished: dict[object, list[exp.Alias]] = {}
    for answer in _by_role(node):
        for form, _, _ in answer.windows:
            name = answer_alias(form, answer)
            if name not in joined:
                joined[name] = None
                query = _join_answer(dialect, query, node, form, answer, name)
    for output in node.outputs:
        if _computation(output) not in finished:
            finished[_computation(output)] = finish_value(dialect, output)
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


def _by_role(node: Frame) -> list[Answer]:
    """The answers of one role after those of another: where rows have to be moved they move once a role."""
    roles = list(dict.fromkeys(output.answer.role for output in node.outputs))
    return sorted((output.answer for output in node.outputs), key=lambda answer: roles.index(answer.role))


def _computation(output: Output) -> object:
    """What makes two outputs the same value in every row."""
    feature = output.column.feature
    windows = tuple((form.name, asked.name) for form, _, asked in output.answer.windows)
    ttl = feature.ttl.microseconds if feature.ttl else None
    kind = (feature.agg, feature.n, feature.quantile, feature.top, ttl, str(output.column.type), output.raw)
    return (output.answer.role, windows, kind)


def _join_answer(dialect: Dialect, query: exp.Select, node: Frame, form: Form, answer: Answer, name: str) -> exp.Select:
    spine = node.spine.name
    matches = [
        exp.EQ(this=column(key_column(held), spine), expression=column(key, name))
        for key, held in zip(form.pairs.keys, answer.role.columns, strict=True)
    ]
    boundary = column(boundary_column(form.pairs.grid), spine)
    matches.append(exp.EQ(this=boundary, expression=column(BOUNDARY, name)))
    target = exp.to_table(form.name).as_(exp.to_identifier(name, quoted=True), copy=False)
    query = query.join(target, on=all_of(matches), join_type="LEFT", copy=False)
    return dialect.hashed(query, name) if form.pairs.hashed else query
