"""Hypothesis strategies for definitions: sources, entities and views over the columns that all sources share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from definitions.durations import parse_duration
from definitions.model import Entity, FeatureView, Repository, Source
from tests.oracle.expressions import EXPRESSIONS

ENTITIES: Final[Mapping[str, Mapping[str, str]]] = {
    "customer": {"customer": "string"},
    "shop": {"region": "string", "number": "bigint"},
}
"""Each entity's keys: one of a single part, one of two."""

KEY_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "orders": {"customer": "customer", "region": "region", "number": "number"},
    "visits": {"customer": "visitor", "region": "region", "number": "shop_number"},
}
"""For each source, its column for every key: the second source has its own names for some."""

DIMENSION: Final = "terms"
"""The source that views join: by channel under its own name, by shop as `places`."""

DIMENSION_COLUMNS: Final = {
    "channel": "string",
    "region": "string",
    "number": "bigint",
    "owner": "string",
    "tier": "bigint",
    "weight": "double",
    "active": "boolean",
    "known_at": "timestamp",
}

_VALUE_COLUMNS: Final = {
    "event_id": "bigint",
    "version": "bigint",
    "sequence": "bigint",
    "known_at": "timestamp",
    "amount": "double",
    "quantity": "bigint",
    "price": "decimal(12,2)",
    "flag": "boolean",
    "channel": "string",
}
_HOPS: Final = {"1h": ("h", 1), "6h": ("h", 6), "1d": ("d", 1), "7d": ("d", 7)}
_MULTIPLES: Final = (1, 2, 3, 7, 28)
_DELAYS: Final = ("0s", "1h", "36h")
_TTLS: Final = ("36h", "5d", "14d", "1h")
_KINDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "count": ("double", "bigint", "decimal", "string", "boolean", "timestamp"),
    "sum": ("double", "bigint", "decimal", "boolean"),
    "mean": ("double", "bigint", "decimal", "boolean"),
    "min": ("double", "bigint", "decimal", "string", "boolean", "timestamp"),
    "max": ("double", "bigint", "decimal", "string", "boolean", "timestamp"),
    "first": ("double", "bigint", "decimal", "string", "boolean", "timestamp"),
    "last": ("double", "bigint", "decimal", "string", "boolean", "timestamp"),
    "last_n": ("double", "bigint", "decimal", "string", "boolean", "timestamp"),
    "variance": ("moderate", "bigint", "decimal", "boolean"),
    "stddev": ("moderate", "bigint", "decimal", "boolean"),
    "quantile": ("double", "bigint", "decimal", "boolean"),
    "count_distinct": ("bigint", "string", "boolean", "timestamp"),
    "most_frequent": ("bigint", "string", "boolean", "timestamp"),
}
"""`moderate` are doubles whose squares are doubles."""


@st.composite
def repositories(draw: DrawFn) -> Repository:
    """One or two sources and entities, at times a dimension, and one to four views over any of them; any source may be
    a union of two. All feature names differ."""
    sources = draw(_some(list(KEY_COLUMNS)))
    entities = draw(_some(list(ENTITIES)))
    timeless = draw(st.sampled_from([(), (), (), ("visits",)]))
    built = {name: draw(_source(name, has_timestamp=name not in timeless)) for name in sources}
    if draw(st.booleans()):
        built[DIMENSION] = draw(_dimension())
    views = [
        draw(_view(f"view{number}", draw(st.sampled_from(sources)), draw(st.sampled_from(entities)), built))
        for number in range(draw(st.integers(1, 4)))
    ]
    for name in list(built):
        if draw(st.sampled_from([False, False, False, True])):
            built |= _as_union(built[name])
    return Repository(
        entities={name: Entity(name=name, keys=dict(ENTITIES[name])) for name in entities},  # type: ignore[arg-type]
        sources=built,
        feature_views={view.name: view for view in views},
    )


@st.composite
def other_computations(draw: DrawFn, repository: Repository) -> Repository:
    """The same views of the same entities and sources, each with features, a hop and a delay of its own; they add
    integers only where the others do, so that rows which fit one fit both."""
    # A union says nothing of its own: whether its rows have an instant, its members do.
    shapes = {
        name: repository.sources[held.union[0]] if held.union else held for name, held in repository.sources.items()
    }
    views = [draw(_view(view.name, view.source, view.entity, shapes)) for view in repository.feature_views.values()]
    other = repository.model_copy(update={"feature_views": {view.name: view for view in views}})
    assume(adds_integers(repository) or not adds_integers(other))
    return other


def adds_integers(repository: Repository) -> bool:
    """Whether a sum of quantities could leave int64, which is an error and not a value."""
    features = [feature for view in repository.feature_views.values() for feature in view.features]
    return any(feature.agg in ("sum", "mean") and feature.of == "quantity" for feature in features)


def _some(names: Sequence[str]) -> SearchStrategy[list[str]]:
    """One or more of the names; the first alone is the simplest."""
    return st.lists(st.sampled_from(names), min_size=1, max_size=len(names), unique=True)


@st.composite
def _source(draw: DrawFn, name: str, has_timestamp: bool) -> Source:
    keys = {
        column: type_
        for entity in ENTITIES.values()
        for column, type_ in ((KEY_COLUMNS[name][key], type_) for key, type_ in entity.items())
    }
    declared: dict[str, Any] = {
        "name": name,
        "path": f"data/{name}/*.parquet",
        "columns": {**keys, **_VALUE_COLUMNS},
        "tiebreak": draw(st.sampled_from([None, "sequence"])),
    }
    if has_timestamp:
        declared["timestamp"] = "known_at"
        if draw(st.sampled_from([False, False, True])):
            declared["dedupe"] = {"key": ("event_id",), "by": "version"}
    return Source.model_validate(declared)


@st.composite
def _dimension(draw: DrawFn) -> Source:
    return Source.model_validate(
        {
            "name": DIMENSION,
            "path": f"data/{DIMENSION}/*.parquet",
            "columns": DIMENSION_COLUMNS,
            "tiebreak": draw(st.sampled_from([None, "tier"])),
            "timestamp": draw(st.sampled_from(["known_at", "known_at", "known_at", None])),
        }
    )


def _as_union(source: Source) -> dict[str, Source]:
    """The source as a union of two of its shape."""
    members = [f"{source.name}_{half}" for half in ("first", "second")]
    halves = {name: source.model_copy(update={"name": name, "path": f"data/{name}/*.parquet"}) for name in members}
    return {source.name: Source.model_validate({"name": source.name, "union": members}), **halves}


@st.composite
def _view(draw: DrawFn, name: str, source: str, entity: str, sources: Mapping[str, Source]) -> FeatureView:
    has_timestamp = sources[source].timestamp is not None
    every = draw(st.sampled_from([*_HOPS, "exact"])) if has_timestamp else "1d"
    joins = draw(_joins(source, sources))
    named = frozenset(join["name"] for join in joins)
    delay = draw(st.sampled_from(_DELAYS)) if has_timestamp else "0s"
    ttls = [ttl for ttl in _TTLS if parse_duration(ttl) > parse_duration(delay)] if has_timestamp else []
    features = [
        draw(_feature(f"{name}_f{number}", every, has_timestamp, ttls, named))
        for number in range(draw(st.integers(1, 4)))
    ]
    renamed = {key: KEY_COLUMNS[source][key] for key in ENTITIES[entity] if KEY_COLUMNS[source][key] != key}
    if entity == "customer" and DIMENSION in named and draw(st.booleans()):
        renamed = {"customer": f"{DIMENSION}.owner"}
    return FeatureView.model_validate(
        {
            "name": name,
            "entity": entity,
            "source": source,
            "every": every,
            "delay": delay,
            "join": joins,
            "keys": renamed,
            "features": features,
        }
    )


def _joins(source: str, sources: Mapping[str, Source]) -> SearchStrategy[list[dict[str, Any]]]:
    """None, or the dimension by channel, by shop or by both; a source without timestamp joins none that has one."""
    if DIMENSION not in sources or (sources[source].timestamp is None and sources[DIMENSION].timestamp is not None):
        return st.just([])
    shop = {KEY_COLUMNS[source][key]: key for key in ENTITIES["shop"]}
    terms = {"source": DIMENSION, "name": "terms", "on": {"channel": "channel"}}
    places = {"source": DIMENSION, "name": "places", "on": shop}
    return st.sampled_from([[], [terms], [places], [terms, places], [places, terms]])


@st.composite
def _feature(
    draw: DrawFn, name: str, every: str, has_timestamp: bool, ttls: Sequence[str], joins: frozenset[str]
) -> dict[str, Any]:
    aggregation = draw(st.sampled_from(list(_KINDS_OF)))
    feature: dict[str, Any] = {"name": name, "agg": aggregation, "of": draw(_operand(aggregation, joins))}
    if aggregation == "quantile":
        feature["quantile"] = draw(st.sampled_from([0.5, 0.07, 0.95, 0.001]))
    if aggregation in ("last_n", "most_frequent"):
        feature["n"] = draw(st.sampled_from([1, 2, 3, 20]))
    if aggregation == "count" and draw(st.booleans()):
        category = draw(_operand("most_frequent", joins))
        feature |= {"of": None, "by": category, "top": draw(st.sampled_from([1, 2, 10]))}
    if draw(st.booleans()):
        feature["where"] = draw(st.sampled_from(_texts(("boolean",), joins)))
    if has_timestamp:
        feature["windows"] = draw(_windows(every))
    if aggregation in ("first", "last"):
        feature["nulls"] = draw(st.sampled_from(["skip", "keep"]))
        if aggregation == "last":
            feature["ttl"] = draw(st.sampled_from([None, None, None, *ttls]))
    return feature


def _texts(kinds: Sequence[str], joins: frozenset[str]) -> list[str]:
    """The expressions of these kinds; where there are joins, those that read them come first as often as the others."""
    texts = [text for text, found in EXPRESSIONS.items() if found.kind in kinds and found.joins <= joins]
    joined = [text for text in texts if EXPRESSIONS[text].joins]
    return texts + joined * (len(texts) // max(len(joined), 1))


def _operand(aggregation: str, joins: frozenset[str]) -> SearchStrategy[str | None]:
    texts = _texts(_KINDS_OF[aggregation], joins)
    return st.sampled_from([None, *texts] if aggregation == "count" else texts)


def _windows(every: str) -> SearchStrategy[list[str]]:
    """None (all history) or one to four multiples of the hop; on `exact` any."""
    unit, size = _HOPS["1d" if every == "exact" else every]
    windows = st.sampled_from([f"{size * multiple}{unit}" for multiple in _MULTIPLES])
    return st.one_of(st.just([]), st.lists(windows, min_size=1, max_size=4, unique=True))
