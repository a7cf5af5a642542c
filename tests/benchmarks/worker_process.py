"""A side of a benchmark in a process of its own, told what to do line by line."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.benchmarks import datasets

_ROOT: Final = Path(__file__).resolve().parents[2]
_GOODBYE: Final = 60.0
"""Seconds that a process may take to end once it has nothing more to do."""


class WorkerProcess:
    """A process that does one task at a time; a context manager. `patience` is the seconds that a task may take."""

    def __init__(
        self, name: str, command: Sequence[str], patience: float, variables: Mapping[str, str] | None = None
    ) -> None:
        datasets.FOLDER.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._log = datasets.FOLDER / f"{name}.log"
        self._patience = patience
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                list(command),
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **(variables or {})},
            )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def do(self, task: str, **arguments: Any) -> dict[str, Any]:
        """What the worker answers to a task, which is a method of its `Worker` with these arguments.

        Raises:
            RuntimeError: the worker ended, and the message says where it wrote why; or it took too long and was ended.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(self._patience):
                self._process.kill()
                raise RuntimeError(f"{self.name} took more than {self._patience:,.0f} s and was ended")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name} ended; see {self._log}")
        answer: dict[str, Any] = json.loads(line)
        return answer
