"""The commands on Spark: what `featurestore.yaml` and `--engine` choose."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders.spark.engine import SparkEngine
from featurestore.clock import FixedClock
from featurestore.templates.init import write_repository
from tests.builders.spark.local import SETTINGS
from tests.featurestore.cli.running import NOW, document, run


@pytest.fixture
def repository(tmp_path: Path, engine: SparkEngine) -> Path:
    """A small repository beside an application that runs already, which the commands take up."""
    assert engine.session
    folder = tmp_path / "repository"
    write_repository(folder, clock=FixedClock(NOW))
    run(folder, "apply")
    return folder


def test_the_configuration_names_the_engine_and_look_ups_are_those_of_the_other(
    repository: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(repository, tmp_path / "on_duckdb")
    with (repository / "featurestore.yaml").open("a") as configuration:
        configuration.write(f"\nengine: spark\nspark: {{master: '{SETTINGS.master}'}}\n")
    served = []
    for folder in (repository, other):
        assert run(folder, "materialize").exit_code == 0
        looked_up = [run(folder, "online", "recommendations", "--entity", f"customer_id={n}", "--json") for n in (1, 5)]
        served.append([document(found) for found in looked_up])
    assert served[0] == served[1]
    assert [held["rows"][0]["spent_28d"] for held in served[0]] != [None, None]


def test_explain_says_on_another_engine_what_moved(repository: Path) -> None:
    told = document(run(repository, "explain", "recommendations", "--engine", "spark", "--analyze", "--json"))
    assert any(item["kind"] == "shuffle" and "__key_customer_id" in item["by"] for item in told["exchanges"])
    assert "Exchanges" in told["explanation"]
    assert document(run(repository, "explain", "recommendations", "--analyze", "--json"))["exchanges"] == []
