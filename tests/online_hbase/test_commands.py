"""`featurestore hbase`, as people type it: a local HBase from nothing to its end, and what it is asked on the way."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from definitions.errors import ConfigurationError
from featurestore.templates.init import write_repository
from online_hbase.jars import prepare_class_path
from online_hbase.site import _free_ports
from tests.featurestore.cli.running import document, invoke


class Repository:
    """A repository whose online rows go to a HBase of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shop"
        write_repository(self.folder)
        (self.port,) = _free_ports(1)
        with (self.folder / "featurestore.yaml").open("a") as file:
            file.write(f"online: {{type: hbase, port: {self.port}}}\n")

    def say(self, *words: str) -> str:
        done = self._run(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def ask(self, *words: str) -> dict[str, Any]:
        found: dict[str, Any] = document(self._run(*words, "--json"))
        return found

    def fail(self, *words: str) -> tuple[int, str]:
        done = self._run(*words)
        return done.exit_code, done.stderr

    def _run(self, *words: str) -> Result:
        return invoke(*words, "-r", self.folder)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    repository = Repository(tmp_path_factory.mktemp("commands"))
    repository.say("hbase", "up")
    yield repository
    repository.say("hbase", "down")


def test_a_local_hbase_is_started_once_and_holds_what_is_materialized(repository: Repository) -> None:
    again = repository.ask("hbase", "up")
    assert again["port"] == repository.port and again["host"] == "127.0.0.1"
    repository.say("apply")
    repository.say("materialize")
    found = repository.say("online", "customer_purchases:*", "--entity", "customer_id=1")
    assert "purchases_7d" in found
    state = repository.folder / ".featurestore" / "hbase" / "running.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600, "it holds the gateway's token"
    token = json.loads(state.read_text())["token"]
    assert token not in Path(f"/proc/{json.loads(state.read_text())['pid']}/cmdline").read_text()


def test_status_tells_of_regions_and_look_ups(repository: Repository) -> None:
    found = repository.ask("hbase", "status")
    assert found["table"].endswith("_online_rows") and len(found["servers"]) == 1
    assert len(found["regions"]) == 17 and found["reads"]["calls"] == 50
    assert sum(region["reads_per_second"] for region in found["regions"]) > 20
    shown = repository.say("hbase", "status")
    assert "17 regions on 1 server" in shown and "p99" in shown
    scraped = repository.say("hbase", "status", "--prometheus")
    assert scraped.count("featurestore_hbase_region_reads_per_second{") == 17


def test_regions_are_planned_first_and_changed_when_that_is_said(repository: Repository) -> None:
    planned = repository.ask("hbase", "regions", "--merge-small", "--target", "100MB")
    assert [change["change"] for change in planned["changes"]] == ["merge"] and not planned["applied"]
    assert len(repository.ask("hbase", "status")["regions"]) == 17
    assert "Done: 1 change" in repository.say("hbase", "regions", "--merge-small", "--target", "100MB", "--apply")
    assert len(repository.ask("hbase", "status")["regions"]) == 1
    assert "Nothing to do" in repository.say("hbase", "regions", "--merge-small", "--target", "100MB")
    assert "purchases_7d" in repository.say("online", "customer_purchases:*", "--entity", "customer_id=1")
    code, said = repository.fail("hbase", "regions")
    assert code == 2 and "--merge-small, --split-hot, or both" in said


def test_a_snapshot_is_taken_listed_restored_and_deleted(repository: Repository) -> None:
    (taken,) = repository.ask("hbase", "snapshot", "before")["snapshots"]
    assert taken["name"] == "before" and "before" in repository.say("hbase", "snapshot", "--list")
    assert "Restored before" in repository.say("hbase", "snapshot", "before", "--restore")
    assert "purchases_7d" in repository.say("online", "customer_purchases:*", "--entity", "customer_id=1")
    code, said = repository.fail("hbase", "snapshot", "befoer", "--delete")
    assert code == 5 and "did you mean 'before'?" in said
    assert repository.ask("hbase", "snapshot", "before", "--delete")["snapshots"] == []
    assert "Compacted" in repository.say("hbase", "compact")


def test_what_was_written_is_there_after_down_and_up(repository: Repository) -> None:
    before = repository.say("online", "customer_purchases:*", "--entity", "customer_id=1")
    assert "Stopped" in repository.say("hbase", "down")
    assert "No HBase runs" in repository.say("hbase", "down")
    code, said = repository.fail("online", "customer_purchases:*", "--entity", "customer_id=1")
    assert code == 10 and f"127.0.0.1:{repository.port} cannot be reached" in said
    code, said = repository.fail("hbase", "status")
    assert code == 3 and "`featurestore hbase up`" in said
    repository.say("hbase", "up")
    assert repository.say("online", "customer_purchases:*", "--entity", "customer_id=1") == before


def test_a_machine_without_java_or_maven_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ConfigurationError, match=r"java and javac and mvn cannot be found.*openjdk-17-jdk-headless maven"
    ):
        prepare_class_path()


def test_a_port_that_somebody_has_is_refused(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    with socket.create_server(("127.0.0.1", repository.port)):
        code, said = repository.fail("hbase", "up")
    assert code == 3 and f"port {repository.port} is somebody else's" in said


def test_a_store_without_hbase_does_not_load_it() -> None:
    script = "import sys, featurestore.cli.main, featurestore.online.opening; print('happybase' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout == "False\n"
