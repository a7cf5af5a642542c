"""What the README shows works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from definitions.load import load_repository

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the commands of the terminal section were typed."""
    folder = tmp_path_factory.mktemp("readme")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    typed = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _block("bash")],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    return folder


def test_the_commands_run_as_typed(ran: Path) -> None:
    assert (ran / "my_features" / ".featurestore" / "registry.db").exists()


def test_the_python_runs_as_typed(ran: Path) -> None:
    typed = subprocess.run(
        [sys.executable, "-c", _block("python")], cwd=ran, capture_output=True, text=True, timeout=300, check=False
    )
    assert typed.returncode == 0, typed.stderr
    assert "purchases_28d" in typed.stdout


def test_the_two_make_targets_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "test"} <= set(targets)


def test_the_yaml_validates_beside_its_source(tmp_path: Path) -> None:
    (tmp_path / "entities.yaml").write_text(
        "entities: [{name: carrier, keys: {carrier: string}}]\n"
        "sources:\n"
        "  - name: flights\n"
        "    path: flights.parquet\n"
        "    timestamp: arrived_at\n"
        "    columns: {carrier: string, origin: string, arr_delay: double, cancelled: boolean, arrived_at: timestamp}\n"
    )
    (tmp_path / "views.yaml").write_text(_block("yaml"))
    assert list(load_repository(tmp_path).repository.feature_views) == ["carrier_punctuality"]


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
