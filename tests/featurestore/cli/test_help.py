"""Help, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from featurestore.cli.exit_codes import MEANINGS
from featurestore.cli.main import COMMANDS
from tests.featurestore.cli.running import NOW, invoke

HEAVY = ("pandas", "pyarrow", "duckdb", "sqlglot", "sqlalchemy", "pydantic", "yaml", "rich", "numpy")


def test_help_names_every_command_and_every_exit_code() -> None:
    shown = invoke("--help").stdout
    assert all(f"  {command} " in shown for command in COMMANDS)
    assert all(meaning in shown for meaning in MEANINGS.values())
    assert "..." not in shown.partition("Commands:")[2]


GROUPS = {
    "hbase": ("up", "down", "create", "status", "regions", "compact", "snapshot"),
    "team": ("list", "people", "register", "leave", "create", "add", "remove"),
    "token": ("create", "list", "revoke"),
    "grant": ("list", "requests"),
    "model": ("bind", "unbind", "list"),
    "audit": ("list", "verify", "anchor"),
}


@pytest.mark.parametrize(
    "command",
    [
        *(name for name in COMMANDS if name not in ("doctor", *GROUPS)),
        "doctor spark",
        *(f"{group} {name}" for group, names in GROUPS.items() for name in names),
    ],
)
def test_every_command_has_help_and_the_common_options(command: str) -> None:
    shown = invoke(*command.split(), "--help").stdout
    assert "--json" in shown
    assert "--now" in shown
    assert ("--repository" in shown) == (command not in ("init", "doctor spark"))


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_names_its_commands_in_full(group: str) -> None:
    shown = invoke(group, "--help").stdout.partition("Commands:")[2]
    assert all(f"  {command} " in shown for command in GROUPS[group]) and "..." not in shown


def test_the_commands_are_loaded_without_anything_heavy() -> None:
    code = (
        "import sys\nfrom featurestore.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "featurestore.cli.commands.vacuum" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_module_is_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "featurestore"]
    init = [*command, "init", "mine", "--now", NOW]
    made = subprocess.run(init, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert made.stderr == ""
    (tmp_path / "mine" / "features.yaml").write_text("entites: []\n")
    there = tmp_path / "mine"
    wrong = subprocess.run([*command, "validate"], cwd=there, capture_output=True, text=True, check=False)
    assert wrong.returncode == 3
    assert wrong.stderr.startswith("error: features.yaml:1:1: unknown key 'entites'")
    assert "Traceback" not in wrong.stderr


def test_the_version_is_known() -> None:
    assert invoke("--version").stdout.startswith("featurestore ")
