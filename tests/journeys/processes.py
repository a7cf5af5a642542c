"""Work in processes of their own that can be killed; the heavy packages are loaded once, so that kills hit the work."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final

_LOADED_ONCE: Final = [
    *("alembic.command", "duckdb", "pandas", "psycopg", "pyarrow.parquet", "pydantic", "sqlalchemy", "sqlglot", "yaml"),
    *("featurestore.runs", "featurestore.opening", "featurestore.frames", "featurestore.lookup"),
]
_PATIENCE_SECONDS: Final = 120.0

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(_LOADED_ONCE)

Say = Callable[[float, str], None]


@dataclass
class Run:
    """A process at work: `doing` is what it said last."""

    process: Any
    connection: Connection
    doing: list[str] = field(default_factory=list)
    ended: bool = False

    def wait_until(self, doing: str) -> None:
        """Return when the process says that it is doing something that begins so; at once when it has ended."""
        while not self.doing or not self.doing[-1].startswith(doing):
            assert self.connection.poll(_PATIENCE_SECONDS), f"the process does not come to {doing}"
            kind, said = self.connection.recv()
            if kind != "doing":
                self.ended = True
                return
            self.doing.append(said)

    def kill(self) -> bool:
        """End the process with SIGKILL; False if it had finished its work before."""
        self.process.kill()
        self.process.join()
        try:
            while self.connection.poll():
                self.ended = self.connection.recv()[0] != "doing" or self.ended
        except EOFError:
            pass
        self.connection.close()
        return not self.ended

    def result(self) -> Any:
        """What the function returned; raises what it raised."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            assert self.connection.poll(max(deadline - time.monotonic(), 0)), "the process does not finish"
            kind, said = self.connection.recv()
            if kind == "doing":
                self.doing.append(said)
            elif kind in ("result", "error"):
                self.process.join()
                self.connection.close()
                if kind == "error":
                    raise said
                return said


def start(function: Callable[..., Any], *arguments: Any) -> Run:
    """Run `function(say, *arguments)` in another process."""
    ours, theirs = _context.Pipe()
    process = _context.Process(target=_work, args=(theirs, function, arguments), daemon=True)
    process.start()
    theirs.close()
    return Run(process, ours)


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run `function(say, *arguments)` in another process and wait for its result."""
    return start(function, *arguments).result()


def _work(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        found = function(lambda share, doing: connection.send(("doing", doing)), *arguments)
    except BaseException as error:
        connection.send(("error", error))
        raise
    connection.send(("result", found))
