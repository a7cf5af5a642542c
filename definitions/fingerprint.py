"""Stable digests of what is computed: two spellings of one computation share one, metadata never changes it.

A source counts by where it is and what its rows mean, not by its name. A column counts the source's columns it
reads, not those beside them, so that declaring one more column recomputes nothing. A joined dimension counts with all
of its columns, as they decide which of its equal rows is joined, under the name that expressions call it. Order is not
computation: neither of a view's features or joins, nor of a service's entries, nor of a union's members.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from definitions.columns import FeatureColumn, column_types, entry_columns, feature_columns, own_types
from definitions.durations import Duration
from definitions.expressions import Expression, parse_condition, parse_expression
from definitions.formats import source_format
from definitions.model import Entity, Feature, FeatureService, FeatureView, Repository, Source
from definitions.relation import JoinedSource, resolve_view

_DIGITS = 16


def digest(content: Any) -> str:
    """The first 16 hex digits of the sha256 of `content` as canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def source_fingerprint(source: Source) -> str:
    """Of where the rows are, how they are read and what they are: every declared column counts, their order not."""
    types = {name: str(data_type) for name, data_type in own_types(source).items()}
    return digest(["source", _reading(source), types])


def reading_fingerprint(source: Source) -> str:
    """Of what tiles of a source depend on beside the columns that slots read: where the rows are, their time and order.

    A source with `dedupe` counts every column, as the order of equal rows does.
    """
    if source.dedupe is not None:
        return source_fingerprint(source)
    types = {name: str(data_type) for name, data_type in own_types(source).items()}
    return digest(["reading", _reading(source), {name: types.get(name) for name in sorted(_reading_columns(source))}])


def entity_fingerprint(entity: Entity) -> str:
    """Of the keys, in order, and their types."""
    return digest(["entity", _keys(entity)])


def column_fingerprint(column: FeatureColumn, view: FeatureView, source: Source, entity: Entity) -> str:
    """Of one column's computation; its name, and the name of its feature, do not count.

    Raises:
        ExpressionError: an expression cannot be read; a loaded repository has none such.
    """
    feature, types = column.feature, column_types(source)
    of = parse_expression(feature.of, types) if feature.of is not None else None
    by = parse_expression(feature.by, types) if feature.by is not None else None
    where = parse_condition(feature.where, types) if feature.where is not None else None
    if where is not None and where.canonical == "true":
        where = None
    key_columns = {key: view.keys.get(key, key) for key in entity.keys}
    read = {*key_columns.values(), *_reading_columns(source)} | _columns_of(of) | _columns_of(where) | _columns_of(by)
    timed = source.timestamp is not None
    return digest([
        "column", _reading(source), {name: str(types[name]) for name in read if name in types}, _keys(entity),
        key_columns, _hop(view) if timed else None, view.delay.microseconds if timed else None,
        feature.agg, of and of.canonical, where and where.canonical,
        _microseconds(column.window), _microseconds(feature.ttl), feature.nulls,
        *_listing(feature, by),
    ])  # fmt: skip


def view_fingerprint(view: FeatureView, source: Source, entity: Entity) -> str:
    """Of what a view answers: its column names and their computations.

    Raises:
        ExpressionError: as `column_fingerprint`.
    """
    columns = feature_columns(view, source)
    return digest(["view", _keys(entity), {c.name: column_fingerprint(c, view, source, entity) for c in columns}])


def service_fingerprint(service: FeatureService, repository: Repository) -> str:
    """Of what a service answers: its column names, their computations, the join keys they are asked by.

    Raises:
        RequestError: it names something that is not in the repository.
    """
    answers = {}
    for entry in service.features:
        for answer in entry_columns(repository, entry):
            view = repository.feature_views[answer.column.view]
            source, entity = resolve_view(view, repository.sources), repository.entities[view.entity]
            computed = column_fingerprint(answer.column, view, source, entity)
            answers[answer.name] = [computed, dict(answer.join_keys), answer.version]
    return digest(["service", answers])


def _reading(source: Source) -> dict[str, Any]:
    """How rows come out of the files, and what stands beside them, but for the columns they have."""
    members = [_reading_of_files(member) for member in source.members]
    reading = members[0] if len(members) == 1 else {"union": sorted(members, key=digest)}
    if not source.joins:
        return reading
    return {"rows": reading, "joins": {join.name: _joining(join) for join in source.joins}}


def _reading_of_files(source: Source) -> dict[str, Any]:
    dedupe = source.dedupe
    return {
        **({"table": source.table} if source.table else {"path": str(PurePosixPath(source.path))}),
        "format": source_format(source),
        "timestamp": source.timestamp,
        "tiebreak": source.tiebreak,
        "dedupe": dedupe and {"key": sorted(dedupe.key), "by": dedupe.by},
        "partitions": sorted(source.partitions),
    }


def _joining(join: JoinedSource) -> dict[str, Any]:
    return {"dimension": source_fingerprint(join.dimension), "on": dict(join.on)}


def _reading_columns(source: Source) -> set[str]:
    named = {
        source.timestamp,
        source.tiebreak,
        *source.partitions,
        *(name for join in source.joins for name in join.on),
    }
    if source.dedupe is not None:
        named |= {*source.dedupe.key, source.dedupe.by}
    return {name for name in named if name is not None}


def _listing(feature: Feature, by: Expression | None) -> list[Any]:
    """What only some aggregations have; nothing for the others."""
    listing = [feature.n, feature.quantile, by and by.canonical, feature.top]
    return listing if any(part is not None for part in listing) else []


def _columns_of(expression: Expression | None) -> frozenset[str]:
    return expression.columns if expression is not None else frozenset()


def _keys(entity: Entity) -> list[list[str]]:
    return [[name, str(data_type)] for name, data_type in entity.keys.items()]


def _hop(view: FeatureView) -> int | str:
    return view.every.microseconds if isinstance(view.every, Duration) else view.every


def _microseconds(duration: Duration | None) -> int | None:
    return duration.microseconds if duration is not None else None
