"""Whole look-ups on HBase against Feast's HBase store on the same server."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from featurestore import FeatureStore
from online_hbase.site import HOST, Site
from online_hbase.table_layout import table_name
from tests.benchmarks.feast_side import FeastWorker, feast_hbase_python
from tests.benchmarks.hbase_views import (
    ROUNDS,
    WARM_UP,
    entity_count,
    features_by_view,
    published_store,
    random_batch,
    references,
    settle,
    source,
)
from tests.benchmarks.report import Figure

_NAME: Final = "hbase"
_LOOK_UPS: Final = 20
"""Look-ups a round and side; short rounds, so that both sides meet the same disturbances."""


def feast_figures(site: Site, scale: float) -> list[Figure]:
    """All features of one view and of five, in one call on either side."""
    entities = entity_count(scale)
    ours = published_store(site, "beside_feast", entities)
    with FeastWorker(feast_hbase_python()) as feast:
        online = {"type": "hbase", "host": HOST, "port": str(site.ports.thrift)}
        feast.open_online(_NAME, source(entities), features_by_view(), online)
        settle(site, [table_name("beside_feast"), *features_by_view()])
        return [_against_feast(ours, feast, views, entities) for views in (1, 5)]


def _against_feast(store: FeatureStore, feast: FeastWorker, views: int, entities: int) -> Figure:
    """The median time of a look-up of so many views, of random entities, in turns."""
    chance = random.Random(views)
    features = [f"{view}:{feature}" for view, names in features_by_view(views).items() for feature in names]
    ours: list[float] = []
    peer: list[float] = []
    for position in range(WARM_UP + ROUNDS):
        batches = [random_batch(chance, entities) for _ in range(_LOOK_UPS)]
        seconds, values = _our_look_ups(store, references(views), batches)
        answer = feast.do("look_up", name=_NAME, features=features, batches=batches)
        if values != answer["values"]:
            raise AssertionError("ours and Feast look up different values")
        if position >= WARM_UP:
            ours.append(median(seconds))
            peer.append(median(answer["seconds"]))
    name = f"hbase_batch_vs_feast_{views}"
    return Figure(name, median(ours) * 1e3, median(peer) * 1e3, "ms", ROUNDS * _LOOK_UPS, goal=5.0)


def _our_look_ups(
    store: FeatureStore, asked: Sequence[str], batches: Sequence[Sequence[Mapping[str, int]]]
) -> tuple[list[float], dict[str, list[Any]]]:
    """The seconds of each batch's look-up, and the last one's values."""
    seconds, values = [], {}
    for rows in batches:
        start = time.perf_counter()
        values = store.get_online_features(asked, rows).to_dict()
        seconds.append(time.perf_counter() - start)
    return seconds, values
