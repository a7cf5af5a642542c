"""What holds for all tests.

How properties are explored: anew in each run, the same way in CI; `FEATURESTORE_EXAMPLES` raises their number.
How tests are shared out among workers: see `tests.schedule`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.postgresql import PostgresServer
    from tests.schedule import FoldersAndFiles

settings.register_profile(
    "featurestore",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("FEATURESTORE_EXAMPLES", "16")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("featurestore")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FoldersAndFiles | None:
    """`--dist loadfile` with our units, in our order."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.schedule import FoldersAndFiles

    config.option.loadscopereorder = False
    return FoldersAndFiles(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where workers share the tests, what takes longest comes first."""
    if hasattr(config, "workerinput"):
        from tests.schedule import place

        items.sort(key=lambda item: place(item.nodeid))


@pytest.fixture(autouse=True, scope="session")
def unsynced_commits() -> Iterator[None]:
    """Databases do not wait for the disk: what was committed outlives a killed process without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("featurestore.sqlite_files.SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(scope="session")
def written_flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of flights as `featurestore init` writes it, once a process: copy it, and leave it as it is."""
    from featurestore.templates.init import write_repository

    folder = tmp_path_factory.mktemp("written_flights") / "repository"
    write_repository(folder, "flights")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started when the first test of a process asks for it."""
    from tests.postgresql import running_postgres

    with running_postgres() as server:
        yield server
