"""SQL of a source's rows before anything is made of them: its files, a union's members, dimensions as of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from builders.coverage import Range
from builders.plan import ReadDimension, ReadSource
from builders.request import RelationFiles, SourceFiles
from builders.sql.ast import alias, all_of, cast, column, not_null, number, select, union_all
from builders.sql.dialect import Dialect
from definitions.columns import column_types, own_types
from definitions.durations import BEGINNING
from definitions.model import Source
from definitions.terms import render_name
from definitions.types import BIGINT, DataType, parse_type

KNOWN: Final = "__known"
"""The instant of a dimension's row, among its columns."""


@dataclass(frozen=True)
class SourceRows:
    """`relation` has a source's own columns under their own names; `conditions` are yet to be applied to it. `instant`
    is a row's, in microseconds."""

    dialect: Dialect
    relation: exp.Expression
    source: Source
    timestamp_type: str
    conditions: list[exp.Expression] = field(default_factory=list)

    @property
    def instant(self) -> exp.Expression:
        if self.source.timestamp is None:
            return number(BEGINNING)
        return self.dialect.instant(self.source.timestamp, self.timestamp_type)


def read_types(node: ReadSource) -> dict[str, DataType]:
    """The types of all columns that expressions read; another source of the same files may declare some of them."""
    types = column_types(node.table.source)
    for slot in node.slots:
        types.update((name, parse_type(kind)) for name, kind in slot.reads)
    return types


def rows_between(
    dialect: Dialect, source: Source, files: RelationFiles, types: Mapping[str, DataType], span: Range | None
) -> SourceRows:
    """The rows of the source's members with an instant in the span, all of them without one; `types` are those of the
    columns that are read, also of what is joined."""
    joined = {join.qualified(name) for join in source.joins for name in own_types(join.dimension)}
    own = {name: kind for name, kind in types.items() if name not in joined}
    members = list(zip(source.members, files.members, strict=True))
    if len(members) == 1:
        (member, held), *_ = members
        if member.timestamp is not None and dialect.is_of_nanoseconds(held.timestamp_type):
            typed = _as_declared(dialect, member, held, own, span)
            timestamp_type = own[member.timestamp].name.upper()
            return SourceRows(dialect, typed.subquery(member.name, copy=False), source, timestamp_type)
        conditions = _within(dialect, member, held, span)
        return SourceRows(dialect, dialect.read_files(member, held, own), source, held.timestamp_type, conditions)
    united = union_all([_as_declared(dialect, member, held, own, span) for member, held in members])
    timestamp_type = own[source.timestamp].name.upper() if source.timestamp is not None else ""
    rows = SourceRows(dialect, united.subquery(source.name, copy=False), source, timestamp_type)
    if span is not None and source.timestamp is not None:
        rows.conditions.append(not_null(rows.instant))
    return rows


def _within(dialect: Dialect, source: Source, files: SourceFiles, span: Range | None) -> list[exp.Expression]:
    if span is None or source.timestamp is None:
        return []
    known = not_null(dialect.instant(source.timestamp, files.timestamp_type))
    return [known, *dialect.instant_between(source.timestamp, files.timestamp_type, *span)]


def _as_declared(
    dialect: Dialect, source: Source, files: SourceFiles, types: Mapping[str, DataType], span: Range | None
) -> exp.Select:
    """A member's rows with its columns in their declared types, which is what the members have in common."""
    columns = [alias(_typed(dialect, name, kind, source, files.timestamp_type), name) for name, kind in types.items()]
    query = select(*columns).from_(dialect.read_files(source, files, types), copy=False)
    conditions = _within(dialect, source, files, span)
    return query.where(*conditions, copy=False) if conditions else query


def _typed(dialect: Dialect, name: str, kind: DataType, source: Source, timestamp_type: str) -> exp.Expression:
    return dialect.typed_timestamp(name, kind, timestamp_type if name == source.timestamp else "")


def over_rows(
    dialect: Dialect,
    query: exp.Select,
    rows: SourceRows,
    dimensions: Sequence[ReadDimension],
    conditions: Sequence[exp.Expression],
) -> exp.Select:
    """The query over rows with the dimensions beside them, of those that meet the conditions; rows that are not wanted
    anyway are left out before anything is joined to them."""
    if not dimensions:
        wanted = [*conditions, *rows.conditions]
        query = query.from_(rows.relation, copy=False)
        return query.where(*wanted, copy=False) if wanted else query
    events = select("*").from_(rows.relation, copy=False)
    events = events.where(*rows.conditions, copy=False) if rows.conditions else events
    query = query.from_(events.subquery("events", copy=False), copy=False)
    for dimension in dimensions:
        query = _join_dimension(dialect, query, rows, dimension)
    return query.where(*conditions, copy=False) if conditions else query


def _join_dimension(dialect: Dialect, query: exp.Select, rows: SourceRows, node: ReadDimension) -> exp.Select:
    """Each row's own row of the dimension beside it: the latest that was known at its instant, or nulls."""
    join, table = node.join, exp.to_table(node.name)
    keys = [(dialect.typed(left, rows.source), join.qualified(right)) for left, right in join.on.items()]
    if join.dimension.timestamp is not None:
        return dialect.join_as_of(query, table, keys, rows.instant, join.qualified(KNOWN))
    matches = [exp.EQ(this=left, expression=column(right)) for left, right in keys]
    query.append("joins", exp.Join(this=table, side="LEFT", on=all_of(matches)))
    return dialect.broadcast(query, node.name) if node.is_sent else query


def greatest_first(dialect: Dialect, name: str, types: Mapping[str, DataType]) -> exp.Ordered:
    """A column of rows that compete, the greatest value first and nulls last; what is no finite number is null here
    as it is everywhere."""
    return exp.Ordered(this=dialect.expression(render_name(name), types), desc=True, nulls_first=False)


def render_read_dimension(dialect: Dialect, node: ReadDimension) -> exp.Select:
    """One row per key and instant, under qualified names: the one with the greatest tiebreak, then with the greatest
    values, column by column in the order of their names, which is a function of the rows alone."""
    join, dimension = node.join, node.join.dimension
    types = own_types(dimension)
    rows = rows_between(dialect, dimension, node.files, types, (BEGINNING, node.end))
    timed = dimension.timestamp is not None
    keys = list(join.on.values())
    order = [name for name in sorted(types) if name not in (*keys, dimension.timestamp, dimension.tiebreak)]
    order = [*([dimension.tiebreak] if dimension.tiebreak is not None else []), *order]
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[*(column(key) for key in keys), *([rows.instant] if timed else [])],
        order=exp.Order(expressions=[greatest_first(dialect, name, types) for name in order]) if order else None,
    )
    columns = [
        alias(_typed(dialect, name, kind, dimension, rows.timestamp_type), join.qualified(name))
        for name, kind in types.items()
    ]
    known = [alias(cast(rows.instant, BIGINT), join.qualified(KNOWN))] if timed else []
    query = over_rows(dialect, select(*columns, *known), rows, (), [not_null(column(key)) for key in keys])
    return query.qualify(exp.EQ(this=rank, expression=number(1)), copy=False)


def with_dimensions(dialect: Dialect, query: exp.Select, dimensions: Sequence[ReadDimension]) -> exp.Select:
    """The query with each dimension as a CTE of its own."""
    for dimension in dimensions:
        query = query.with_(dimension.name, as_=render_read_dimension(dialect, dimension), copy=False)
    return query
