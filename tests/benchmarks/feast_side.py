"""Feast's side: its environment, made when missing, and the worker process in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from tests.benchmarks import datasets, repositories
from tests.benchmarks.report import Timer

_ENVIRONMENT: Final = datasets.FOLDER.parent / "feast-venv"
_PACKAGES: Final = ("feast[duckdb]==0.67.0", "pandas<3")
_WORKER: Final = Path(__file__).with_name("feast_worker.py")
VARIABLES: Final = {"FEAST_USAGE": "False", "PYTHONWARNINGS": "ignore"}


def feast_python() -> Path:
    """The interpreter of Feast's own environment, which is made with uv unless it is there.

    Raises:
        RuntimeError: there is no uv.
    """
    python = _ENVIRONMENT / "bin" / "python"
    ready = _ENVIRONMENT / "ready"
    if not ready.exists():
        beside = str(Path(sys.executable).parent)
        uv = shutil.which("uv", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))
        if uv is None:
            raise RuntimeError("Feast's environment is made with uv, which is missing; run `pip install uv`")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", "3.11", str(_ENVIRONMENT)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *_PACKAGES], check=True)
        ready.touch()
    return python


class FeastWorker:
    """A process of Feast that does one task at a time; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(feast_python()), str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(datasets.FOLDER / "feast_worker.log").open("w"),
            text=True,
            env={**os.environ, **VARIABLES},
        )
        self._answer()

    def __enter__(self) -> FeastWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def do(self, task: str, **arguments: Any) -> dict[str, Any]:
        """What the worker answers to a task; see `feast_worker`.

        Raises:
            RuntimeError: the worker ended; the message says where it wrote why.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"Feast's process ended; see {datasets.FOLDER / 'feast_worker.log'}")
        answer: dict[str, Any] = json.loads(line)
        return answer

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
        self._open(offline, offline, views)
        return [f"view_{view}:{feature}" for view in numbers for feature in datasets.latest_features(view)]

    def frame_timer(self, store: str, spine: Path, features: Sequence[str]) -> Timer:
        """A timer of a training frame on one of Feast's offline stores, read in the worker."""
        return lambda: float(self.do("frame", name=store, spine=str(spine), features=list(features))["seconds"])

    def open_profiles(self, name: str, entities: int, features: int) -> list[str]:
        """Open the view to look up online, and publish it with Feast's own materialize; its features."""
        columns = datasets.profile_features(features)
        file = str(datasets.profiles(entities, features))
        self._open(name, "duckdb", [{"name": "profile", "file": file, "features": columns, "ttl": None}])
        self.do("materialize", name=name, start="2023-12-31T00:00:00+00:00", end="2024-04-01T00:00:00+00:00")
        return [f"profile:{column}" for column in columns]

    def _open(self, name: str, offline: str, views: Sequence[dict[str, Any]]) -> None:
        folder = feast_repository(name)
        shutil.rmtree(folder, ignore_errors=True)
        self.do("open", name=name, folder=str(folder), offline=offline, key=repositories.KEY, views=list(views))


def feast_repository(name: str) -> Path:
    """Where Feast's repository of this name is."""
    return datasets.FOLDER / "feast" / name
