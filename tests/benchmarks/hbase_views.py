"""Our side on HBase: five views of ten doubles each of one Parquet file, published the way a user would."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from featurestore import FeatureStore
from online_hbase.admin import open_admin
from online_hbase.site import Site
from online_hbase.table_layout import PREFIXES, table_name
from tests.benchmarks import datasets, repositories

FEATURES: Final = 10
VIEWS: Final = 5
BATCH: Final = 100
"""Entities that a look-up asks for."""
ROUNDS: Final = 11
WARM_UP: Final = 5
"""Rounds before, which do not count: Java compiles what it does often."""
_ENTITIES: Final = 10_000


def entity_count(scale: float) -> int:
    """How many entities there are; a batch is always of some of them."""
    return max(2 * BATCH, int(_ENTITIES * scale))


def source(entities: int) -> Path:
    """The file behind all views: a row for each entity."""
    return datasets.profiles(entities, VIEWS * FEATURES)


def features_by_view(views: int = VIEWS) -> dict[str, list[str]]:
    """The first views and the names of their features, which are distinct over all of them."""
    names = datasets.profile_features(VIEWS * FEATURES)
    return {f"view_{view + 1}": names[view * FEATURES : (view + 1) * FEATURES] for view in range(views)}


def references(views: int) -> list[str]:
    """References to all features of the first views."""
    return [f"{view}:*" for view in features_by_view(views)]


def published_store(site: Site, name: str, entities: int) -> FeatureStore:
    """Our store with all views online, in a new table of the HBase whose prefix is `name`."""
    views = [
        {
            "name": view,
            "source": "profiles",
            "every": "1d",
            "features": [{"name": feature, "agg": "last", "of": feature} for feature in features],
        }
        for view, features in features_by_view().items()
    ]
    columns = datasets.profile_features(VIEWS * FEATURES)
    folder = repositories.write_repository(f"hbase_{name}", {"profiles": (source(entities), columns)}, views)
    with (folder / "featurestore.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"online: {{type: hbase, port: {site.ports.thrift}, table_prefix: {name}}}\n")
    with open_admin(site) as admin:
        admin.create_table(table_name(name), PREFIXES)
    store = repositories.applied_store(folder)
    store.materialize()
    return store


def settle(site: Site, tables: Sequence[str]) -> None:
    """Put all rows of tables into one file a region, as they are a while after they were written."""
    with open_admin(site) as admin:
        for table in tables:
            admin.flush(table)
            admin.compact(table)


def random_batch(chance: random.Random, entities: int) -> list[dict[str, int]]:
    """Entities to look up, each once."""
    return [{repositories.KEY: entity} for entity in chance.sample(range(entities), BATCH)]
