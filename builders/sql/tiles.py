"""SQL of the nodes that make tiles available: rows of a source, tiles built from them, stored segments, their union."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from builders.plan import BuildTiles, FrequentEntities, KeyFilter, Measure, ReadSegments, ReadSource, Tiles
from builders.slots import Slot
from builders.sql.ast import (
    alias,
    all_of,
    between,
    cast,
    column,
    is_null,
    negated,
    not_null,
    null_of,
    number,
    select,
    union_all,
)
from builders.sql.dialect import Dialect
from builders.sql.monoids import INSTANT, TIEBREAK, from_rows
from builders.sql.source_rows import SourceRows, greatest_first, over_rows, read_types, rows_between
from builders.sql.words import floor_to_hop, has_key
from definitions.columns import column_types
from definitions.durations import BEGINNING
from definitions.expressions import parse_expression
from definitions.types import BIGINT, DataType

HOP_START = "hop_start"


def render_read_source(dialect: Dialect, node: ReadSource) -> exp.Select:
    """Keys, instant and one column per expression that the slots need, of rows in the range with no null key."""
    table, source = node.table, node.table.source
    keys = [alias(dialect.typed(held, source), key) for key, held in zip(table.keys, table.key_columns, strict=True)]
    types = read_types(node)
    rows = rows_between(dialect, source, node.files, types, (node.start, node.end))
    values = [alias(dialect.expression(text, types), name) for text, name in expression_columns(node.slots).items()]
    values += [
        alias(_lost(dialect, measure, types), measure.name) for measure in node.measures if measure.of is not None
    ]
    query = select(*keys, alias(cast(rows.instant, BIGINT), INSTANT), *values)
    query = over_rows(dialect, query, rows, node.dimensions, [not_null(column(held)) for held in table.key_columns])
    if source.tiebreak is not None:
        query = query.select(alias(dialect.typed(source.tiebreak, source), TIEBREAK), copy=False)
    if source.dedupe is not None:
        query = _keep_newest(dialect, query, node, rows)
    if node.frequent is not None:
        query = _wrapped(query).where(_is_chosen(node.frequent, table.keys), copy=False)
    asked, layout = node.key_filter, node.layout
    if asked is None:
        return query if layout is None else dialect.move(_wrapped(query), layout)
    if layout is None:
        return _only_asked(dialect, query, asked, table.keys)
    if asked.sent:
        return dialect.move(_only_asked(dialect, query, asked, table.keys), layout)
    return _only_asked(dialect, dialect.move(_wrapped(query), layout), asked, table.keys)


def _wrapped(query: exp.Select) -> exp.Select:
    """A query's rows as they are."""
    return select("*").from_(query.subquery("read", copy=False), copy=False)


def _is_chosen(frequent: FrequentEntities, keys: tuple[str, ...]) -> exp.Expression:
    """Of one entity it is the same in all rows, so that its tiles come whole from one of the two parts."""
    found = exp.or_(*(has_key(dict(zip(keys, key, strict=True))) for key in frequent.keys), copy=False)
    return found if frequent.alone else negated(found)


def _keep_newest(dialect: Dialect, query: exp.Select, node: ReadSource, rows: SourceRows) -> exp.Select:
    """Of the rows of one dedupe key inside one hop, the one with the greatest `by`; then the latest, then any order
    that is a function of the rows alone, so that it is the same one every time."""
    source, dedupe = node.table.source, node.table.source.dedupe
    assert dedupe is not None
    timed = source.timestamp is not None
    hop = [_hop_start(rows.instant, node.table.hop)] if timed else []
    types = column_types(source)
    latest = [exp.Ordered(this=rows.instant, desc=True, nulls_first=False)] if timed else []
    others = [name for name in sorted(source.columns) if name not in (dedupe.by, source.timestamp)]
    order = [greatest_first(dialect, dedupe.by, types), *latest]
    order += [greatest_first(dialect, name, types) for name in others]
    rank = exp.Window(
        this=exp.RowNumber(),
        partition_by=[*(column(name) for name in dedupe.key), *hop],
        order=exp.Order(expressions=order),
    )
    return query.qualify(exp.EQ(this=rank, expression=number(1)), copy=False)


def _only_asked(dialect: Dialect, query: exp.Select, key_filter: KeyFilter, keys: tuple[str, ...]) -> exp.Select:
    """Only rows of entities that the pairs name: a semi-join."""
    asked = union_all([select(*map(column, keys)).from_(pairs.name, copy=False) for pairs in key_filter.pairs])
    wrapped = _wrapped(query)
    using = [exp.to_identifier(key, quoted=True) for key in keys]
    wrapped.append("joins", exp.Join(this=asked.subquery("asked", copy=False), kind="SEMI", using=using))
    if key_filter.sent:
        return dialect.broadcast(wrapped, "asked")
    return dialect.hashed(wrapped, "asked") if all(pairs.hashed for pairs in key_filter.pairs) else wrapped


def expression_columns(slots: tuple[Slot, ...]) -> dict[str, str]:
    """Each distinct expression that slots read, with the column it is computed in."""
    texts = sorted({text for slot in slots for text in (slot.where, slot.of) if text is not None})
    return {text: f"expression_{position}" for position, text in enumerate(texts, start=1)}


def stored_columns(node: BuildTiles) -> list[str]:
    """The columns of tiles that are stored: without what was measured on the way."""
    return [*node.table.keys, HOP_START, *(item.name for held in node.slots for item in held.columns)]


def render_build_tiles(dialect: Dialect, node: BuildTiles) -> exp.Select:
    """One row per entity and hop, one aggregate per slot column."""
    keys = [column(key) for key in node.table.keys]
    named = expression_columns(node.source.slots)
    tiebreak = node.table.source.tiebreak is not None
    slots = [
        alias(value, name)
        for held in node.slots
        for name, value in from_rows(dialect, held, named, tiebreak, of_one_instant=not node.table.hop).items()
    ]
    hop_start = alias(_hop_start(column(INSTANT), node.table.hop), HOP_START)
    measures = [alias(_count(measure), measure.name) for measure in node.source.measures]
    return (
        select(*keys, hop_start, *slots, *measures)
        .from_(node.source.name, copy=False)
        .group_by(*(number(position) for position in range(1, len(keys) + 2)), copy=False)
    )


def _count(measure: Measure) -> exp.Expression:
    return exp.Count(this=exp.Star()) if measure.of is None else exp.CountIf(this=column(measure.name))


def _lost(dialect: Dialect, measure: Measure, types: Mapping[str, DataType]) -> exp.Expression:
    """Whether the expression has no value although every column that it reads has one."""
    assert measure.of is not None
    read = parse_expression(measure.of, types).columns
    conditions = [not_null(column(name)) for name in sorted(read)]
    return all_of([*conditions, is_null(dialect.expression(measure.of, types))])


def _hop_start(instant: exp.Expression, hop: int | None) -> exp.Expression:
    return floor_to_hop(instant, hop) if hop else instant


def render_read_segments(dialect: Dialect, node: ReadSegments) -> exp.Select:
    """Stored tiles of the range, with the slot columns that these segments hold."""
    names = [column(name) for name in (*node.table.keys, HOP_START)]
    values = [
        alias(null_of(item.type), item.name) if item.name in node.absent else column(item.name)
        for held in node.slots
        for item in held.columns
    ]
    read = {**dict(zip(node.table.keys, node.table.key_types, strict=True)), HOP_START: BIGINT}
    read |= {item.name: item.type for held in node.slots for item in held.columns if item.name not in node.absent}
    query = select(*names, *values).from_(dialect.read_segments(node.files, read, node.layout), copy=False)
    start = None if node.start <= BEGINNING else node.start
    conditions = between(column(HOP_START), start, node.end)
    query = query.where(*conditions, copy=False)
    if node.key_filter is None:
        return query
    return _only_asked(dialect, query, replace(node.key_filter, sent=False), node.table.keys)


def render_tiles(node: Tiles) -> exp.Query:
    """Stored and freshly built tiles side by side; a slot that a part does not hold is null there."""
    columns = [item for held in node.slots for item in held.columns]
    queries = []
    for part in node.parts:
        held = {item.name for slot in part.slots for item in slot.columns}
        values = [column(item.name) if item.name in held else alias(null_of(item.type), item.name) for item in columns]
        keys = [column(name) for name in (*node.table.keys, HOP_START)]
        queries.append(select(*keys, *values).from_(part.name, copy=False))
    return union_all(queries)
