"""How properties are explored: anew in each run, the same way in CI; `FEATURESTORE_EXAMPLES` raises their number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.postgresql import PostgresServer

settings.register_profile(
    "featurestore",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("FEATURESTORE_EXAMPLES", "16")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("featurestore")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started when the first test of a process asks for it."""
    from tests.postgresql import running_postgres

    with running_postgres() as server:
        yield server
