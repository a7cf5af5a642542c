"""A real PostgreSQL server for the tests of a process: in a folder of its own, on a socket in it; it ends with them."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg

from featurestore.registry.registry import Registry

USER: Final = "postgres"
"""Debian's user for PostgreSQL, whose programs refuse to run as root; also the name of the database's superuser."""

_SECONDS_TO_START: Final = 60.0
_UNSAFE_AND_QUICK: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
"""What a power cut would take is made anew for the next tests."""


@dataclass
class PostgresServer:
    """A running server, reached through the socket in `folder`."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """A database's URL, as `featurestore.yaml` has it."""
        return f"postgresql+psycopg://{USER}@/{database}?host={quote(str(self.folder), safe='')}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection for what tests do behind the registry's back; each statement is committed by itself."""
        return psycopg.connect(f"host={self.folder} user={USER} dbname={database}", autocommit=True)

    def create_database(self, template: str = "template1") -> str:
        """A new database, empty or a copy of another one, which nobody may be connected to; returns its name."""
        name = f"test{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def create_registry_database(self) -> str:
        """A new database with a registry's tables, which are made once and copied; returns its name."""
        with self.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'registry'").fetchone()
            if found is None:
                connection.execute("CREATE DATABASE registry")
        if found is None:
            Registry.open(self.url("registry")).close()
        return self.create_database("registry")

    def disconnect(self, database: str) -> None:
        """End every connection to a database, in the middle of whatever they do."""
        with self.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])

    def start(self) -> None:
        """Start the server, which recovers if it crashed, and wait until it answers."""
        settings = [part for setting in _UNSAFE_AND_QUICK for part in ("-c", setting)]
        command = [_program("postgres"), "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, *settings], stdout=log, stderr=log, **_as_postgres())
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def crash(self) -> None:
        """Stop the server at once: without waiting for connections, and without a checkpoint."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for as long as the block runs."""
    # Not below pytest's folders, which PostgreSQL's own user may not enter; short, because a socket's path is limited.
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        _run("initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        server = PostgresServer(folder)
        try:
            server.start()
            yield server
        finally:
            # The folder goes too.
            server.crash()
    finally:
        shutil.rmtree(folder)


def _run(program: str, *arguments: object) -> None:
    command = [_program(program), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, **_as_postgres())
    assert result.returncode == 0, f"{program} failed:\n{result.stdout}{result.stderr}"


def _program(name: str) -> str:
    """A program of the newest PostgreSQL; Debian keeps those of a server out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    program = str(found[-1]) if found else shutil.which(name)
    if program is None:
        raise RuntimeError(f"PostgreSQL's {name} is missing; run `make postgresql`")
    return program


def _as_postgres() -> dict[str, Any]:
    """How `subprocess` starts a program of PostgreSQL: never as root, and from a folder that its user may enter."""
    if os.geteuid() != 0:
        return {"cwd": "/"}
    return {"cwd": "/", "user": USER, "group": USER, "extra_groups": ()}
