"""A registry of its own for each test, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry
from tests.made_registry import copy_registry
from tests.postgresql import PostgresServer

SECOND: Final = 1_000_000
DATABASES: Final = ("sqlite", "postgresql")

MakeUrl = Callable[..., str]

only_on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
only_on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that the test runs on."""
    return str(request.param)


@pytest.fixture
def make_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeUrl]:
    """Gives the URL of a new database of a kind: one with a registry's tables, or one where nothing was made yet."""
    made: list[str] = []

    def make(database: str, folder: str, empty: bool = False) -> str:
        if database == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            made.append(server.create_database() if empty else server.create_registry_database())
            return server.url(made[-1])
        path = tmp_path / folder / "registry.db"
        if not empty:
            copy_registry(path)
        return f"sqlite:///{path}"

    yield make
    for name in made:
        request.getfixturevalue("postgres").drop_database(name)


@pytest.fixture
def url(make_url: MakeUrl, database: str) -> str:
    """The URL of a registry that is up to date and holds nothing."""
    return make_url(database, "state")


@pytest.fixture
def empty_url(make_url: MakeUrl, database: str) -> str:
    """The URL of a database without any table."""
    return make_url(database, "state", empty=True)


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    opened = Registry.open(url)
    yield opened
    opened.close()


@pytest.fixture
def lease(registry: Registry) -> Lease:
    return registry.leases.acquire("flights", "first", 60, 0)
