"""A registry of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry

SECOND = 1_000_000


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/state/registry.db"


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    opened = Registry.open(url)
    yield opened
    opened.close()


@pytest.fixture
def lease(registry: Registry) -> Lease:
    return registry.leases.acquire("flights", "first", 60, 0)
