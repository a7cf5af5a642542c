"""SQL of rows to look at: some of a source's, or the first that a condition is true of."""

from __future__ import annotations

from sqlglot import exp

from builders.profiles import LookAtRows
from builders.sql.ast import alias, negated, select
from builders.sql.dialect import Dialect
from builders.sql.source_rows import over_rows, rows_between
from definitions.columns import own_types


def render_look_at_rows(dialect: Dialect, asked: LookAtRows) -> exp.Select:
    """Some of the rows: of those that meet a condition the first, else any."""
    source = asked.rows.source
    types = own_types(source)
    rows = rows_between(dialect, source, asked.rows.files, types, asked.rows.within)
    columns = [alias(dialect.expression(of, types), name) for name, of in asked.columns.items()]
    conditions = []
    if asked.where is not None:
        conditions.append(dialect.expression(asked.where, types))
    if asked.unmatched is not None:
        value = dialect.expression(asked.unmatched.of, types)
        conditions.append(negated(dialect.is_whole_match(value, asked.unmatched.pattern)))
    query = over_rows(dialect, select(*columns), rows, (), conditions)
    if not conditions:
        return dialect.sample(query, asked.number, asked.rows.files.rows)
    return query.order_by(rows.instant, copy=False).limit(asked.number, copy=False)
