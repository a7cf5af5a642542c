"""Latest values of three sources against Feast's Spark store."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import datasets, repositories
from tests.benchmarks.environments import peer_python
from tests.benchmarks.feast_side import VARIABLES, feast_repository
from tests.benchmarks.report import Figure
from tests.benchmarks.spark_sides import Side, assert_same, compared_figure, open_side, side_settings, time_sides
from tests.benchmarks.worker_process import WorkerProcess

_PACKAGES: Final = ("feast[spark]==0.67.0", "pyspark==4.3.0", "pandas<3")
_SPINE: Final = 100_000
_FEATURES: Final = {
    feature: f"view_{view}:{feature}"
    for view in range(1, datasets.VIEWS + 1)
    for feature in datasets.latest_features(view)
}


def frame_figures(scale: float) -> list[Figure]:
    """A million rows a view: ours from tiles and straight from the sources."""
    goals = {"tiles": ("spark_frame_vs_feast", 5.0), "source": ("spark_frame_from_source_vs_feast", 3.0)}
    return _figures(scale, datasets.LATEST_ROWS, goals)


def larger_frame_figures(scale: float) -> list[Figure]:
    """Ten million rows a view, ours from tiles."""
    return _figures(scale, 10 * datasets.LATEST_ROWS, {"tiles": ("spark_frame_10m_vs_feast", 5.0)})


def _figures(scale: float, rows: int, goals: dict[str, tuple[str, float]]) -> list[Figure]:
    rows, keys = int(rows * scale), max(1, int(datasets.KEYS * scale))
    spine = datasets.spine(int(_SPINE * scale), keys)
    with (
        open_side("spark_store_worker") as store,
        open_side("spark_feast_worker", peer_python("feast-spark-venv", _PACKAGES), VARIABLES) as feast,
    ):
        store.do("start", settings=side_settings(store.name))
        sides = {name: _our_side(store, name, rows, keys, spine) for name in goals}
        sides["feast"] = _feast_side(feast, rows, keys, spine)
        theirs = sides["feast"].rows()
        for name in goals:
            assert_same(sides[name].rows(), theirs, ["row"], {feature: feature for feature in _FEATURES})
        timed = time_sides(sides)
        return [compared_figure(bench, sides, timed, (name, "feast"), goal) for name, (bench, goal) in goals.items()]


def _our_side(store: WorkerProcess, name: str, rows: int, keys: int, spine: Path) -> Side:
    folder, references = repositories.latest_repository(f"spark_latest_{name}", rows, keys)
    store.do("open", name=name, folder=str(folder), now=datasets.END * 1_000_000)
    if name == "tiles":
        store.do("materialize", name=name)
    return Side(store, "frame", {"name": name, "spine": str(spine), "references": references})


def _feast_side(feast: WorkerProcess, rows: int, keys: int, spine: Path) -> Side:
    views: list[dict[str, Any]] = [
        {
            "name": f"view_{view}",
            "file": str(datasets.latest_source(view, rows, keys)),
            "features": datasets.latest_features(view),
            "ttl": repositories.TTL_DAYS,
        }
        for view in range(1, datasets.VIEWS + 1)
    ]
    folder = feast_repository("spark")
    shutil.rmtree(folder, ignore_errors=True)
    settings = side_settings(feast.name)
    feast.do("open", folder=str(folder), settings=settings, key=repositories.KEY, views=views)
    return Side(feast, "frame", {"spine": str(spine), "features": list(_FEATURES.values())})
