"""One company for all tests that only read, and a copy of one's own for the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.featurestore.governance.company import Company, found_company


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """For tests that change nothing."""
    return found_company(tmp_path_factory.mktemp("company") / "shop")


@pytest.fixture
def company(founded: Company, tmp_path: Path) -> Company:
    """A company of one's own."""
    return founded.copy(tmp_path / "shop")
