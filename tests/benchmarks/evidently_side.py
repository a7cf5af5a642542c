"""Evidently's side: its environment, and the worker process in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.benchmarks.environments import peer_python
from tests.benchmarks.worker_process import WorkerProcess

_PACKAGES: Final = ("evidently==0.7.23", "pandas<3")
_PATIENCE: Final = 3600.0


def evidently_python() -> Path:
    """The interpreter of Evidently's own environment, which is made with uv unless it is there."""
    return peer_python("evidently-venv", _PACKAGES)


class EvidentlyWorker(WorkerProcess):
    """A process of Evidently, see `evidently_worker`; `name` tells several apart."""

    def __init__(self, name: str) -> None:
        command = [str(evidently_python()), "-m", "tests.benchmarks.evidently_worker"]
        variables = {"PYTHONWARNINGS": "ignore", "DO_NOT_TRACK": "1", "OMP_NUM_THREADS": "1"}
        super().__init__(f"evidently_{name}", command, _PATIENCE, variables)
