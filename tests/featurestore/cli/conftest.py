"""Repositories to run commands on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.featurestore.cli.running import NOW, invoke, run


@pytest.fixture(scope="session")
def new_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minimal template, as `init` writes it."""
    root = tmp_path_factory.mktemp("cli") / "new"
    assert invoke("init", root, "--now", NOW).exit_code == 0
    return root


@pytest.fixture(scope="session")
def pristine_repository(new_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, applied and materialized, and used by nobody."""
    root = tmp_path_factory.mktemp("cli") / "pristine"
    shutil.copytree(new_repository, root)
    assert run(root, "apply").exit_code == 0
    assert run(root, "materialize").exit_code == 0
    return root


@pytest.fixture(scope="session")
def built_repository(pristine_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it for commands that only read; their uses are counted there."""
    return Path(shutil.copytree(pristine_repository, tmp_path_factory.mktemp("cli") / "built"))


@pytest.fixture
def new(new_repository: Path, tmp_path: Path) -> Path:
    """A copy of the minimal template of one's own."""
    return Path(shutil.copytree(new_repository, tmp_path / "new"))


@pytest.fixture
def built(pristine_repository: Path, tmp_path: Path) -> Path:
    """A copy of the materialized repository of one's own."""
    return Path(shutil.copytree(pristine_repository, tmp_path / "built"))
