"""Feast's side: its environment, and the worker process in it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.benchmarks import datasets, repositories
from tests.benchmarks.environments import peer_python
from tests.benchmarks.report import Timer
from tests.benchmarks.worker_process import WorkerProcess

_PACKAGES: Final = ("feast[duckdb]==0.67.0", "pandas<3")
_HBASE_PACKAGES: Final = ("feast[duckdb,hbase]==0.67.0", "pandas<3")
_SQLITE: Final = {"type": "sqlite", "path": "online.db"}
_PATIENCE: Final = 600.0
VARIABLES: Final = {"FEAST_USAGE": "False", "PYTHONWARNINGS": "ignore"}


def feast_python() -> Path:
    """The interpreter of Feast's own environment, which is made with uv unless it is there."""
    return peer_python("feast-venv", _PACKAGES)


def feast_hbase_python() -> Path:
    """The interpreter of an environment that has what Feast's HBase store needs too."""
    return peer_python("feast-hbase-venv", _HBASE_PACKAGES)


class FeastWorker(WorkerProcess):
    """A process of Feast, see `feast_worker`; on the interpreter of its own environment if no other is given."""

    def __init__(self, python: Path | None = None) -> None:
        command = [str(python or feast_python()), "-m", "tests.benchmarks.feast_worker"]
        super().__init__("feast_worker", command, _PATIENCE, VARIABLES)

    def open_latest(self, offline: str) -> list[str]:
        """Open the views of the frame benchmark on an offline store of Feast's, under its name; their features."""
        numbers = range(1, datasets.VIEWS + 1)
        views = [
            {
                "name": f"view_{view}",
                "file": str(datasets.latest_source(view)),
                "features": datasets.latest_features(view),
                "ttl": repositories.TTL_DAYS,
            }
            for view in numbers
        ]
        self._open(offline, offline, _SQLITE, views)
        return [f"view_{view}:{feature}" for view in numbers for feature in datasets.latest_features(view)]

    def frame_timer(self, store: str, spine: Path, features: Sequence[str]) -> Timer:
        """A timer of a training frame on one of Feast's offline stores, read in the worker."""
        return lambda: float(self.do("frame", name=store, spine=str(spine), features=list(features))["seconds"])

    def open_profiles(self, name: str, entities: int, features: int) -> list[str]:
        """Open the view to look up online, and publish it with Feast's own materialize; its features."""
        columns = datasets.profile_features(features)
        self.open_online(name, datasets.profiles(entities, features), {"profile": columns}, _SQLITE)
        return [f"profile:{column}" for column in columns]

    def open_online(
        self, name: str, file: Path, features: Mapping[str, Sequence[str]], online: Mapping[str, str]
    ) -> None:
        """Open views of one file, whose `features` are by view, on an online store, and publish them with Feast's own
        materialize."""
        views = [
            {"name": view, "file": str(file), "features": list(columns), "ttl": None}
            for view, columns in features.items()
        ]
        self._open(name, "duckdb", online, views)
        self.do("materialize", name=name, start="2023-12-31T00:00:00+00:00", end="2024-04-01T00:00:00+00:00")

    def _open(self, name: str, offline: str, online: Mapping[str, str], views: Sequence[dict[str, Any]]) -> None:
        folder = feast_repository(name)
        shutil.rmtree(folder, ignore_errors=True)
        stores = {"offline": offline, "online": dict(online)}
        self.do("open", name=name, folder=str(folder), key=repositories.KEY, views=list(views), **stores)


def feast_repository(name: str) -> Path:
    """Where Feast's repository of this name is."""
    return datasets.FOLDER / "feast" / name
