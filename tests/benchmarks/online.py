"""Online look-ups against Feast's SQLite store: `make bench-online`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from featurestore import FeatureStore
from tests.benchmarks import datasets, repositories
from tests.benchmarks.feast_side import VARIABLES, FeastWorker, feast_python, feast_repository
from tests.benchmarks.report import Figure, print_figures

_ENTITIES: Final = 10_000
_ROUNDS: Final = 11
_LOOK_UPS: Final = {1: 200, 100: 20}
"""Look-ups a round and side, by the entities in each; short rounds, so that both sides meet the same disturbances."""
_COLD_ROUNDS: Final = 7
_GOALS: Final = {"online_100x10_vs_feast": 5.0, "online_100x50_vs_feast": 5.0, "online_1x10_vs_feast": 1.0}

_OUR_FIRST_LOOK_UP: Final = """
import sys
from featurestore import FeatureStore
from featurestore.clock import FixedClock
store = FeatureStore(sys.argv[1], clock=FixedClock(int(sys.argv[2]) * 1_000_000))
print(store.get_online_features(["profile:*"], [{"entity_id": 7}]).to_dict())
"""
_FEAST_FIRST_LOOK_UP: Final = """
import sys
from feast import FeatureStore
store = FeatureStore(repo_path=sys.argv[1])
features = [f"profile:f{number}" for number in range(1, 11)]
print(store.get_online_features(features=features, entity_rows=[{"entity_id": 7}]).to_dict())
"""


def main() -> None:
    figures = []
    with FeastWorker() as feast:
        stores = {features: _published(features) for features in (10, 50)}
        references = {features: feast.open_profiles(_name(features), _ENTITIES, features) for features in (10, 50)}
        for entities, features in ((100, 10), (100, 50), (1, 10)):
            figures.append(_look_ups(feast, stores[features], references[features], entities, features))
    figures.append(_cold_look_up())
    print_figures("Online look-ups", figures)


def _published(features: int) -> FeatureStore:
    """Our store with its rows online, by the path that every user takes."""
    store = repositories.applied_store(repositories.profiles_repository(_name(features), _ENTITIES, features))
    store.materialize()
    return store


def _look_ups(
    feast: FeastWorker, store: FeatureStore, references: Sequence[str], entities: int, features: int
) -> Figure:
    """The median time of a look-up of so many entities and features, of random entities, in turns."""
    chosen = random.Random(entities)
    count = _LOOK_UPS[entities]
    ours: list[float] = []
    peer: list[float] = []
    for position in range(_ROUNDS + 1):
        batches = [
            [{repositories.KEY: entity} for entity in chosen.sample(range(_ENTITIES), entities)] for _ in range(count)
        ]
        seconds, values = _our_look_ups(store, ["profile:*"], batches)
        answer = feast.do("look_up", name=_name(features), features=list(references), batches=batches)
        _assert_equal(values, answer["values"])
        if position:  # the first round warms both sides up
            ours.append(median(seconds))
            peer.append(median(answer["seconds"]))
    name = f"online_{entities}x{features}_vs_feast"
    return Figure(name, median(ours) * 1e3, median(peer) * 1e3, "ms", _ROUNDS * count, goal=_GOALS[name])


def _our_look_ups(
    store: FeatureStore, features: Sequence[str], batches: Sequence[Sequence[Mapping[str, Any]]]
) -> tuple[list[float], dict[str, list[Any]]]:
    seconds, values = [], {}
    for rows in batches:
        start = time.perf_counter()
        values = store.get_online_features(features, rows).to_dict()
        seconds.append(time.perf_counter() - start)
    return seconds, values


def _cold_look_up() -> Figure:
    """CPU seconds, user and system, of a fresh process that imports, opens the store and looks one entity up."""
    repository = datasets.FOLDER / "repositories" / _name(10)
    sides = {
        "ours": [sys.executable, "-c", _OUR_FIRST_LOOK_UP, str(repository), str(datasets.END)],
        "feast": [str(feast_python()), "-c", _FEAST_FIRST_LOOK_UP, str(feast_repository(_name(10)))],
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for position in range(_COLD_ROUNDS + 1):
        for name, command in sides.items():
            seconds = _cpu_seconds(command)
            if position:  # the first run compiles what is imported
                found[name].append(seconds)
    ours, peer = median(found["ours"]), median(found["feast"])
    return Figure("cold_lookup_vs_feast", ours, peer, "CPU s", _COLD_ROUNDS, goal=10.0)


def _cpu_seconds(command: Sequence[str]) -> float:
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **VARIABLES}
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"the first look-up of a fresh process failed: {' '.join(command[:1])}")
    return usage.ru_utime + usage.ru_stime


def _assert_equal(ours: Mapping[str, list[Any]], peer: Mapping[str, list[Any]]) -> None:
    if dict(ours) != dict(peer):
        raise AssertionError("ours and Feast look up different values")


def _name(features: int) -> str:
    return f"profiles_{features}"


if __name__ == "__main__":
    main()
