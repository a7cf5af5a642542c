"""Running commands in this process, at a time that stands still."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from featurestore.cli.main import main

NOW = "2024-03-10T12:00:00Z"


def run(repository: Path, command: str, *arguments: str | Path) -> Result:
    """A command on a repository at `NOW`."""
    return invoke(command, *arguments, "--repository", repository, "--now", NOW)


def invoke(*arguments: str | Path) -> Result:
    """A command line as it is; whatever is not an error of the product is raised."""
    result = CliRunner(env={"COLUMNS": None}).invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def document(result: Result) -> Any:
    """The one JSON document on stdout, of a command that was to print nothing else."""
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    return json.loads(result.stdout)


def edit(repository: Path, old: str, new: str) -> None:
    """Replace a piece of features.yaml that is there once."""
    file = repository / "features.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    file.write_text(text.replace(old, new), encoding="utf-8")


def line_of(repository: Path, text: str) -> int:
    """The line of features.yaml that holds a text, counted from 1."""
    lines = (repository / "features.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def state_of(repository: Path) -> dict[str, bytes]:
    """Every file of the repository, and what is in it; but SQLite's index of its log, which readers write too, and an
    empty log, which means that somebody is reading."""
    contents = {
        str(path): path.read_bytes()
        for path in sorted(repository.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }
    return {path: held for path, held in contents.items() if held or not path.endswith("-wal")}
