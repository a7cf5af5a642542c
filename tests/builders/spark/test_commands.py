"""The commands on Spark: what `featurestore.yaml` and `--engine` choose."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
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
    assert told["diagnosis"] is None, "the application is another one's"
    assert document(run(repository, "explain", "recommendations", "--analyze", "--json"))["exchanges"] == []


def test_explain_in_an_application_of_its_own_says_what_was_wrong_with_it(repository: Path) -> None:
    with (repository / "featurestore.yaml").open("a") as configuration:
        configuration.write("\nspark: {master: 'local[2]', spark.sql.shuffle.partitions: 2, spark.driver.memory: 1g, ")
        configuration.write("spark.driver.extraJavaOptions: '-XX:TieredStopAtLevel=1'}\n")
    asked = ["explain", "customer_purchases:latest", "--engine", "spark", "--analyze", "--json", "--now", NOW]
    command = [sys.executable, "-m", "featurestore", *asked]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["diagnosis"]["name"] == "featurestore"
    assert told["diagnosis"]["ended"]
    assert told["diagnosis"]["stages"] > 0
    lines = told["explanation"].splitlines()
    assert lines.index("Exchanges") < lines.index("Diagnosis")
