"""What tests of checks begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.featurestore.checks.deliveries import Deliveries


@pytest.fixture
def shop(tmp_path: Path) -> Deliveries:
    return Deliveries(tmp_path)
