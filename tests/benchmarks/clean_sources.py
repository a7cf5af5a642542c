"""Sources in which nothing is wrong, made from seeds: what limits of stability have to put up with.

Amounts have heavy tails, nine fees of ten are zero, items tie, weekends differ, and some days move all rows together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from quality.reference import Reference, reference_of_numbers, reference_of_texts
from quality.stability import DAY
from quality.summary import Summary

START: Final = 1_704_067_200_000_000
"""2024-01-01, in microseconds since 1970."""
LEAD: Final = 28
"""The days before the first boundary: the longest window is full from there on."""
FIRST: Final = 28
"""The boundaries that references are made of."""
CHANNELS: Final = ("web", "shop", "phone", "agent", "letter")

_WINDOWS: Final = ["1d", "7d", "28d"]
_FEATURES: Final[Sequence[dict[str, Any]]] = (
    {"name": "orders", "agg": "count", "windows": _WINDOWS},
    {"name": "amount", "agg": "sum", "of": "amount", "windows": _WINDOWS},
    {"name": "amount_mean", "agg": "mean", "of": "amount", "windows": _WINDOWS},
    {"name": "amount_max", "agg": "max", "of": "amount", "windows": _WINDOWS},
    {"name": "fee", "agg": "sum", "of": "fee", "windows": _WINDOWS},
    {"name": "items", "agg": "mean", "of": "items", "windows": _WINDOWS},
    {"name": "phoned", "agg": "mean", "of": "channel = 'phone'", "windows": _WINDOWS},
    {"name": "channel", "agg": "last", "of": "channel", "windows": ["7d"]},
)


@dataclass(frozen=True)
class Character:
    """What a source is like: how much weekends, single days and the year move it, and how heavy its tails are."""

    season: float
    shocks: float
    wander: float
    tail: float


CHARACTERS: Final[dict[str, Character]] = {
    "quiet": Character(season=0.0, shocks=0.0, wander=0.0, tail=1.0),
    "weekly": Character(season=0.4, shocks=0.03, wander=0.0, tail=1.2),
    "shaken": Character(season=0.2, shocks=0.08, wander=0.0, tail=1.0),
    "wandering": Character(season=0.3, shocks=0.03, wander=0.01, tail=1.6),
}


@dataclass(frozen=True)
class Size:
    """How many entities a source has, how many of them are asked for, and at how many daily boundaries."""

    entities: int = 400
    asked: int = 300
    boundaries: int = 182


def write_source_rows(file: Path, character: Character, seed: int, size: Size) -> None:
    """Write a source's rows: about one a day and entity, some entities far more often than others."""
    random = np.random.default_rng(seed)
    days = LEAD + size.boundaries
    weekend = np.isin(np.arange(days) % 7, (5, 6))
    # What a day has in common: a season, a little of its own, on one day of twenty three times as much, and a walk.
    own = random.normal(size=(2, days)) * np.where(random.uniform(size=days) < 0.05, 3, 1) * character.shocks
    walk = np.cumsum(random.normal(size=(2, days)), axis=1) * character.wander
    busy, dear = -character.season * weekend + own[0] + walk[0], 0.3 * character.season * weekend + own[1] + walk[1]
    activity, level = random.gamma(1.0, 1.0, size.entities), random.normal(0, 0.7, size.entities)
    counts = random.poisson(activity[None, :] * np.exp(busy)[:, None])
    day, entity = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
    rows = len(day)
    amount = np.exp(3 + level[entity] + dear[day] + character.tail * random.normal(size=rows))
    fee = np.where(random.uniform(size=rows) < 0.1, np.round(amount / 10, 2), 0.0)
    liked = (entity + random.geometric(0.5, size=rows) - 1) % len(CHANNELS)
    instants = START + day * DAY + (random.uniform(size=rows) ** 0.8 * DAY).astype(np.int64)
    order = np.argsort(instants, kind="stable")
    table = pa.table(
        {
            "entity_id": pa.array(entity[order], pa.int64()),
            "event_timestamp": pa.array(instants[order], pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "amount": np.where(random.uniform(size=rows) < 0.02, np.nan, np.round(amount, 2))[order],
            "fee": fee[order],
            "items": (1 + random.poisson(1.5 * np.exp(dear[day])))[order].astype(np.float64),
            "channel": pa.array(np.array(CHANNELS)[liked][order]),
        }
    )
    pq.write_table(table, file)


def open_clean_store(folder: Path, seed: int, size: Size) -> FeatureStore:
    """A store with a source and a view of each character, applied and materialized."""
    columns = {"entity_id": "bigint", "event_timestamp": "timestamp", "channel": "string"}
    columns |= dict.fromkeys(("amount", "fee", "items"), "double")
    for place, (name, character) in enumerate(CHARACTERS.items()):
        write_source_rows(folder / f"{name}.parquet", character, seed * len(CHARACTERS) + place, size)
    definitions = {
        "entities": [{"name": "customer", "keys": {"entity_id": "bigint"}}],
        "sources": [
            {"name": name, "path": f"{name}.parquet", "timestamp": "event_timestamp", "columns": columns}
            for name in CHARACTERS
        ],
        "feature_views": [
            {"name": f"{name}_orders", "entity": "customer", "source": name, "every": "1d", "features": [*_FEATURES]}
            for name in CHARACTERS
        ],
    }
    (folder / "featurestore.yaml").write_text("project: clean\n", encoding="utf-8")
    (folder / "features.yaml").write_text(yaml.safe_dump(definitions, sort_keys=False), encoding="utf-8")
    store = FeatureStore(folder, clock=FixedClock(START + (LEAD + size.boundaries) * DAY))
    store.apply()
    store.materialize(publish=False)
    return store


def summarise_features(store: FeatureStore, source: str, size: Size) -> dict[str, tuple[Reference, dict[int, Summary]]]:
    """Of each feature column of a source's view: its reference, and its summary at each boundary, over the same
    entities each day."""
    boundaries = START + (LEAD + np.arange(size.boundaries)) * DAY
    spine = pa.table(
        {
            "entity_id": np.tile(np.arange(size.asked), size.boundaries),
            "event_timestamp": pa.array(np.repeat(boundaries, size.asked)).cast(pa.timestamp("us", tz="UTC")),
        }
    )
    frame = store.get_historical_features(spine, [f"{source}_orders:*"]).to_arrow()
    instants = frame["event_timestamp"].cast(pa.int64()).to_numpy()
    order = np.argsort(instants, kind="stable")
    found = {}
    for name in frame.column_names:
        if name in spine.column_names:
            continue
        values = frame[name].take(pa.array(order))
        if pa.types.is_string(values.type):
            found[name] = _texts(values.to_pylist(), boundaries, size.asked)
        else:
            numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
            found[name] = _numbers(numbers.reshape(size.boundaries, size.asked), boundaries)
    return found


def summarise_numbers(values: np.ndarray, reference: Reference) -> Summary:
    """The summary of numbers, NaN where there is none."""
    known = values[np.isfinite(values)]
    edges = np.array(reference.edges)
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    mean = float(np.clip(known, edges[0], edges[-1]).mean()) if len(known) else None
    return Summary(len(values), len(values) - len(known), tuple(counts.tolist()), mean)


def summarise_texts(values: Sequence[str | None], reference: Reference) -> Summary:
    """The summary of texts."""
    places = {value: place for place, value in enumerate(reference.values)}
    counts = [0] * len(reference.shares)
    for value in values:
        if value is not None:
            counts[places.get(value, len(places))] += 1
    return Summary(len(values), len(values) - sum(counts), tuple(counts))


def _numbers(values: np.ndarray, boundaries: np.ndarray) -> tuple[Reference, dict[int, Summary]]:
    reference = reference_of_numbers(values[:FIRST].ravel())
    return reference, {int(at): summarise_numbers(row, reference) for at, row in zip(boundaries, values, strict=True)}


def _texts(values: list[str | None], boundaries: np.ndarray, asked: int) -> tuple[Reference, dict[int, Summary]]:
    reference = reference_of_texts(values[: FIRST * asked])
    rows = (values[place * asked : (place + 1) * asked] for place in range(len(boundaries)))
    return reference, {int(at): summarise_texts(row, reference) for at, row in zip(boundaries, rows, strict=True)}
