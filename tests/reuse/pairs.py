"""Pairs of what is there and what somebody wants, as rebuilds.yaml and near_misses.yaml have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from builders.reuse.derivation import Derivation, derive
from builders.reuse.known_columns import KnownColumn, KnownColumns
from builders.reuse.timeline import timeline_of, window_of
from builders.reuse.value_form import form_of
from definitions.columns import column_types, feature_columns
from definitions.model import FeatureView, Repository
from definitions.relation import resolve_view

COLUMNS: Final = {
    "customer": "string",
    "region": "string",
    "number": "bigint",
    "event_id": "bigint",
    "version": "bigint",
    "amount": "double",
    "quantity": "int",
    "units": "bigint",
    "price": "decimal(12,2)",
    "flag": "boolean",
    "channel": "string",
    "at": "timestamp",
}
_ORDERS: Final = {"name": "orders", "path": "data/orders/*.parquet", "timestamp": "at", "columns": COLUMNS}
SOURCES: Final = {
    "orders": _ORDERS,
    "purchases": {**_ORDERS, "name": "purchases", "description": "The same files."},
    "corrected": {**_ORDERS, "name": "corrected", "dedupe": {"key": ["event_id"], "by": "version"}},
    "terms": {
        "name": "terms",
        "path": "data/terms.parquet",
        "timestamp": "since",
        "columns": {"channel": "string", "weight": "double", "since": "timestamp"},
    },
}
ENTITIES: Final = {
    "customer": {"customer": "string"},
    "client": {"client": "string"},
    "shop": {"region": "string", "number": "bigint"},
}


@dataclass(frozen=True)
class Pair:
    """`is_` says what has to be found: `exists`, `derivable` or `nothing`."""

    name: str
    is_: str
    repository: Repository


def read_pairs(file: str) -> list[Pair]:
    """The pairs of a file beside this one."""
    listed = yaml.safe_load((Path(__file__).parent / file).read_text())
    return [pair_of(entry) for entry in listed]


def find_reuse(repository: Repository, wanted: str = "wanted") -> Derivation | None:
    """How the only column of the view `wanted` is had from the columns of the others."""
    ((timeline, window, column),) = _placed(repository, repository.feature_views[wanted])
    others = [view for name, view in repository.feature_views.items() if name != wanted]
    known = [
        found
        for view in others
        for its_timeline, its_window, found in _placed(repository, view)
        if (its_timeline, its_window) == (timeline, window)
    ]
    return derive(column.form, KnownColumns(known))


def _placed(repository: Repository, view: FeatureView) -> list[tuple[str, int | None, KnownColumn]]:
    source, entity = resolve_view(view, repository.sources), repository.entities[view.entity]
    return [
        (
            timeline_of(view, source, entity, column.feature),
            window_of(column),
            KnownColumn(view.name, column.name, form_of(column.feature, column_types(source))),
        )
        for column in feature_columns(view, source)
    ]


def pair_of(entry: Mapping[str, Any]) -> Pair:
    """A pair as a file has it."""
    have = [{"name": f"f{number}", "windows": ["7d"], **feature} for number, feature in enumerate(entry["have"])]
    want = {"name": "want", "windows": ["7d"], **entry["want"]}
    views = {
        "there": _view("there", have, entry.get("have_view", {})),
        "wanted": _view("wanted", [want], entry.get("view", {})),
    }
    return Pair(entry["name"], entry.get("is", "nothing"), repository_of(views))


def repository_of(views: Mapping[str, Any]) -> Repository:
    """The views beside all entities and sources that pairs may name."""
    entities = {name: {"name": name, "keys": keys} for name, keys in ENTITIES.items()}
    return Repository.model_validate({"entities": entities, "sources": SOURCES, "feature_views": views})


def _view(name: str, features: list[dict[str, Any]], other: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "entity": "customer", "source": "orders", "every": "1d", "features": features, **other}
