"""Our side: the repositories that benchmarks open, written as YAML the way a user would."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import yaml

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.benchmarks import datasets
from tests.benchmarks.report import Timer, timed

THREADS: Final = 2
MEMORY_LIMIT: Final = "3GB"
"""What DuckDB may take of the 4 GB; the rest is for Python, Arrow and what DuckDB does not count."""

ENTITY: Final = "customer"
KEY: Final = "entity_id"
TTL_DAYS: Final = 30


def open_store(folder: Path) -> FeatureStore:
    """The store on a repository, its clock standing at the end of the data."""
    return FeatureStore(folder, clock=FixedClock(datasets.END * 1_000_000))


def applied_store(folder: Path) -> FeatureStore:
    """The store on a repository, its definitions applied."""
    store = open_store(folder)
    store.apply()
    return store


def frame_timer(store: FeatureStore, spine: pa.Table, references: Sequence[str]) -> Timer:
    """A timer of a training frame, from the call to the Arrow table."""
    return timed(lambda: store.get_historical_features(spine, references).to_arrow())


def build_timer(store: FeatureStore) -> Timer:
    """A timer of building all tiles, again where there are some."""
    return timed(lambda: store.materialize(publish=False, full=True))


def write_repository(
    name: str,
    sources: Mapping[str, tuple[Path, Sequence[str]]],
    views: Sequence[Mapping[str, Any]],
    entity: Mapping[str, Any] | None = None,
) -> Path:
    """A new repository, with nothing materialized, that has `sources` (file and columns of doubles) and `views`;
    `entity` is what is said of the entity besides its key."""
    folder = datasets.FOLDER / "repositories" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = {"project": name, "engine": {"threads": THREADS, "memory_limit": MEMORY_LIMIT}}
    definitions = {
        "entities": [{"name": ENTITY, "keys": {KEY: "bigint"}, **(entity or {})}],
        "sources": [
            {
                "name": source,
                "path": str(file),
                "timestamp": "event_timestamp",
                "columns": {KEY: "bigint", "event_timestamp": "timestamp", **dict.fromkeys(doubles, "double")},
            }
            for source, (file, doubles) in sources.items()
        ],
        "feature_views": [{"entity": ENTITY, **view} for view in views],
    }
    (folder / "featurestore.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "features.yaml").write_text(yaml.safe_dump(definitions, sort_keys=False), encoding="utf-8")
    return folder


def latest_repository(name: str, rows: int = datasets.LATEST_ROWS, keys: int = datasets.KEYS) -> tuple[Path, list[str]]:
    """The views of the frame benchmark: exact latest values with a ttl; and the references to all of them."""
    numbers = range(1, datasets.VIEWS + 1)
    sources = {
        f"source_{view}": (datasets.latest_source(view, rows, keys), datasets.latest_features(view)) for view in numbers
    }
    views = [
        {
            "name": f"view_{view}",
            "source": f"source_{view}",
            "every": "exact",
            "features": [
                {"name": feature, "agg": "last", "of": feature, "ttl": f"{TTL_DAYS}d"}
                for feature in datasets.latest_features(view)
            ],
        }
        for view in numbers
    ]
    return write_repository(name, sources, views), [f"view_{view}:*" for view in numbers]


def windowed_view(name: str, windows: Sequence[str], suffix: str = "") -> dict[str, Any]:
    """Count and sum of events on a daily hop, each over every window."""
    return {
        "name": name,
        "source": "events",
        "every": "1d",
        "features": [
            {"name": f"events{suffix}", "agg": "count", "windows": list(windows)},
            {"name": f"amount{suffix}", "agg": "sum", "of": "amount", "windows": list(windows)},
        ],
    }


def events_repository(name: str, rows: int, views: Sequence[Mapping[str, Any]], keys: int = datasets.KEYS) -> Path:
    """A repository of views over `rows` events of `keys` entities."""
    return write_repository(name, {"events": (datasets.events(rows, keys), ["amount"])}, views)


def profiles_repository(name: str, entities: int, features: int) -> Path:
    """One view `profile` of the latest doubles of each entity, to look up online."""
    columns = datasets.profile_features(features)
    view = {
        "name": "profile",
        "source": "profiles",
        "every": "1d",
        "features": [{"name": column, "agg": "last", "of": column} for column in columns],
    }
    return write_repository(name, {"profiles": (datasets.profiles(entities, features), columns)}, [view])
