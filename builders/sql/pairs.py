"""SQL of the spine and of its distinct (entity, boundary) pairs."""

from __future__ import annotations

from sqlglot import exp

from builders.grid import Grid
from builders.layout import key_column
from builders.plan import DistinctPairs, ReadSpine
from builders.sql.ast import alias, cast, column, minus, not_null, number, select, union_all
from builders.sql.dialect import Dialect
from builders.sql.words import floor_to_hop
from definitions.types import BIGINT

ENTITY_DATAFRAME = "entity_dataframe"
"""The relation that an engine offers the entity dataframe as, with its row number."""

ROW = "__row"
ASKED_AT = "__instant"
BOUNDARY = "boundary"


def boundary_column(grid: Grid) -> str:
    """The spine's column that holds each row's boundary on `grid`."""
    return f"__boundary_{grid.name}"


def render_read_spine(dialect: Dialect, node: ReadSpine) -> exp.Select:
    """Row number, carried columns, typed keys, instant, and a boundary per grid."""
    if node.timestamp is None:
        asked_at: exp.Expression = number(node.instant)
    else:
        asked_at = dialect.instant(node.timestamp, node.timestamp_type)
    keys = [alias(cast(column(name), kind), key_column(name)) for name, kind in node.keys]
    inner = select(
        column(ROW), *(column(name) for name in node.carried), *keys, alias(cast(asked_at, BIGINT), ASKED_AT)
    ).from_(ENTITY_DATAFRAME, copy=False)
    boundaries = [alias(boundary_of(grid, column(ASKED_AT)), boundary_column(grid)) for grid in node.grids]
    query = select("*", *boundaries).from_(inner.subquery("asked", copy=False), copy=False) if boundaries else inner
    return query if node.layout is None else dialect.move(query, node.layout)


def boundary_of(grid: Grid, instant: exp.Expression) -> exp.Expression:
    """The boundary of an instant on `grid`."""
    if grid.hop == 0:
        return cast(number(0), BIGINT)
    known = instant if grid.delay == 0 else minus(instant, number(grid.delay))
    return known if grid.hop is None else floor_to_hop(known, grid.hop)


def render_distinct_pairs(dialect: Dialect, node: DistinctPairs) -> exp.Select:
    """Each (entity, boundary) that any role of the spine asks for, once."""
    per_role = []
    for role in node.roles:
        keys = [alias(column(key_column(held)), key) for key, held in zip(node.keys, role.columns, strict=True)]
        per_role.append(
            select(*keys, alias(column(boundary_column(node.grid)), BOUNDARY))
            .from_(node.spine.name, copy=False)
            .where(*(not_null(column(key_column(held))) for held in role.columns), copy=False)
        )
    if len(per_role) == 1 and node.layout is None:
        return per_role[0].distinct(copy=False)
    rows = select("*").from_(union_all(per_role).subquery("roles", copy=False), copy=False)
    if node.layout is None:
        return rows.distinct(copy=False)
    moved = dialect.move(rows, node.layout).subquery("moved", copy=False)
    return select("*").from_(moved, copy=False).distinct(copy=False)
