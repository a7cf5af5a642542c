"""`backup` and `restore`, as people read them and as programs do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from featurestore.registry.revision import NEWEST_REVISION
from tests.featurestore.cli.running import document, run, state_of


@pytest.fixture
def machine(new_repository: Path, tmp_path: Path) -> Path:
    """The repository without any state."""
    return Path(shutil.copytree(new_repository, tmp_path / "machine", ignore=shutil.ignore_patterns(".featurestore")))


def test_a_store_moves_to_another_machine(built_repository: Path, machine: Path, tmp_path: Path) -> None:
    written = run(built_repository, "backup", tmp_path / "backup")
    assert written.exit_code == 0
    assert f"rows of the registry, 2 segments to {tmp_path / 'backup'}, " in written.stdout
    restored = run(machine, "restore", tmp_path / "backup")
    assert restored.exit_code == 0
    assert "rows of the registry and 2 segments of " in restored.stdout
    assert "Nothing is online yet. Next: featurestore materialize" in restored.stdout
    published = document(run(machine, "materialize", "--json"))
    assert not any(table["segments_built"] for table in published["tile_tables"])
    looked_up = [
        document(run(place, "online", "recommendations", "--entity", "customer_id=3", "--json"))
        for place in (built_repository, machine)
    ]
    assert looked_up[0] == looked_up[1]


def test_programs_get_one_document(built_repository: Path, machine: Path, tmp_path: Path) -> None:
    backup = document(run(built_repository, "backup", tmp_path / "backup", "--json"))
    assert backup["directory"] == str(tmp_path / "backup")
    assert (backup["revision"], backup["segments"], backup["segments_version"]) == (NEWEST_REVISION, 2, 1)
    assert backup["created_at"] == "2024-03-10T12:00:00Z"
    restored = document(run(machine, "restore", tmp_path / "backup", "--json"))
    assert restored.keys() == backup.keys()
    assert (restored["segments"], restored["segments_version"]) == (2, 1)
    assert 0 < restored["rows"] < backup["rows"] and 0 < restored["bytes"] < backup["bytes"]


def test_a_damaged_backup_is_exit_code_8_and_changes_nothing(
    built_repository: Path, machine: Path, tmp_path: Path
) -> None:
    run(built_repository, "backup", tmp_path / "backup")
    damaged = tmp_path / "backup" / "registry" / "segments.jsonl"
    damaged.write_bytes(damaged.read_bytes().replace(b'"rows"', b'"rovs"', 1))
    before = state_of(machine)
    refused = run(machine, "restore", tmp_path / "backup")
    assert refused.exit_code == 8
    assert f"error: {damaged} is damaged" in refused.stderr
    told = json.loads(run(machine, "restore", tmp_path / "backup", "--json").stderr)["error"]
    assert (told["kind"], told["exit_code"]) == ("BackupError", 8)
    assert state_of(machine) == before


def test_a_taken_folder_and_a_taken_registry_are_exit_code_5(built: Path, tmp_path: Path) -> None:
    assert run(built, "backup", tmp_path / "backup").exit_code == 0
    assert run(built, "backup", tmp_path / "backup").exit_code == 5
    refused = run(built, "restore", tmp_path / "backup")
    assert refused.exit_code == 5
    assert "registry.db is not empty" in refused.stderr
