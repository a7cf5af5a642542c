"""One Spark session for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders.spark.engine import SparkEngine
from tests.builders.spark.local import SETTINGS


@pytest.fixture(scope="session")
def engine() -> Iterator[SparkEngine]:
    engine = SparkEngine(SETTINGS)
    yield engine
    engine.stop()
