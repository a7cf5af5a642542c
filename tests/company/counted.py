"""A company's usage counters, made up from a seed: a year of training fetches and look-ups, by people and services.

Few requests have most uses, as everywhere: the one of rank k about as many as 1 / k of the first one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select

from definitions.columns import column_names
from definitions.fingerprint import view_fingerprint
from definitions.model import FeatureView, Repository
from definitions.relation import resolve_view
from featurestore.consumers import service_references
from featurestore.registry.database import reading, writing
from featurestore.registry.registry import Registry
from featurestore.registry.tables import usage_columns, usage_counts, usage_requests
from featurestore.registry.usage_writer import Counted, Request, UsedColumn
from featurestore.resolve import Applied

DAYS: Final = 365
KINDS: Final = ("online", "training")
_PRINCIPALS: Final = 2_000
_BATCH: Final = 100_000
_DRAWN: Final = 2_000_000
"""Uses that are drawn at once; those of one counter are added up."""


@dataclass(frozen=True)
class Uses:
    """So many `uses` of each of the `requests`; they stand in so many `counters`, up to the day `last`."""

    requests: Sequence[Request]
    uses: NDArray[np.int64]
    counters: int
    last: int


def count_uses(registry: Registry, counters: int, last: int, seed: int = 1) -> Uses:
    """Write at least so many usage counters of what is applied, over the `DAYS` up to the day `last` (since 1970)."""
    applied = Applied(registry.definitions, registry.definitions.revision())
    chance = np.random.default_rng(seed)
    requests = list(chance.permutation(np.array(list(_requests(applied)), dtype=object)))
    requests = [Request(service, tuple(UsedColumn(*column) for column in columns)) for service, columns in requests]
    # Each is known with a first use, so that what is left to write is counters alone.
    registry.usage.add([Counted(request, "online", last - DAYS, "founder", 1) for request in requests])
    ids = _ids(registry, requests)
    keys, numbers = _draw(chance, len(requests), counters)
    request, kind, day, principal = np.unravel_index(keys, _shape(len(requests)))
    for start in range(0, len(keys), _BATCH):
        batch = slice(start, start + _BATCH)
        rows = [
            {"request_id": ids[one], "kind": KINDS[two], "day": last - three, "principal": _name(four), "number": five}
            for one, two, three, four, five in zip(
                *(each[batch].tolist() for each in (request, kind, day, principal, numbers)), strict=True
            )
        ]
        with writing(registry.engine) as connection:
            connection.execute(insert(usage_counts), rows)
    uses = np.bincount(request, weights=numbers, minlength=len(requests)).astype(np.int64)
    return Uses(requests, uses, len(keys), last)


def _requests(applied: Applied) -> Iterator[tuple[str | None, tuple[tuple[str, str, str], ...]]]:
    """Every service, every view, and the first column of each view by itself."""
    repository = applied.repository
    prints = {name: _fingerprint(repository, view) for name, view in repository.feature_views.items()}
    for service in repository.feature_services.values():
        asked = (reference.partition(":") for reference in service_references(applied, service))
        yield service.name, tuple(sorted({(view, column, prints[view]) for view, _, column in asked}))
    for name, view in repository.feature_views.items():
        columns = tuple((name, column, prints[name]) for column in sorted(column_names(view)))
        yield None, columns
        yield None, columns[:1]


def _fingerprint(repository: Repository, view: FeatureView) -> str:
    return view_fingerprint(view, resolve_view(view, repository.sources), repository.entities[view.entity])


def _ids(registry: Registry, requests: Sequence[Request]) -> list[int]:
    """The numbers that the registry gave to requests."""
    with reading(registry.engine) as connection:
        services = {row.id: row.service for row in connection.execute(select(usage_requests))}
        columns: dict[int, list[tuple[str, str]]] = {}
        for row in connection.execute(select(usage_columns)):
            columns.setdefault(row.request_id, []).append((row.view, row.feature_column))
    known = {(services[number], tuple(sorted(held))): number for number, held in columns.items()}
    return [known[each.service, tuple(sorted((it.view, it.column) for it in each.columns))] for each in requests]


def _draw(chance: np.random.Generator, requests: int, counters: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Different counters, each as one number, and how many uses it has."""
    weights = 1 / np.arange(1, requests + 1)
    found = np.empty(0, dtype=np.int64)
    numbers = np.empty(0, dtype=np.int64)
    while len(found) < counters:
        size = min(_DRAWN, counters * 2)
        drawn = (
            chance.choice(requests, size, p=weights / weights.sum()),
            (chance.random(size) < 0.1).astype(np.int64),
            chance.integers(0, DAYS, size),
            (_PRINCIPALS * chance.random(size) ** 2).astype(np.int64),
        )
        keys = np.ravel_multi_index(drawn, _shape(requests))
        found, places = np.unique(np.concatenate([found, keys]), return_inverse=True)
        weighed = np.concatenate([numbers, np.ones(size, dtype=np.int64)])
        numbers = np.bincount(places, weights=weighed).astype(np.int64)
    return found, numbers


def _shape(requests: int) -> tuple[int, int, int, int]:
    return requests, len(KINDS), DAYS, _PRINCIPALS


def _name(principal: int) -> str:
    return f"person_{principal:04}"
