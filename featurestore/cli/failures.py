"""How an error is told: in words for people, as JSON for programs; always on stderr, never with a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from definitions.errors import DefinitionError, FeatureStoreError, Location, Problem
from featurestore.cli.exit_codes import exit_code_of

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"error": "bold red", "warning": "yellow"}


def show_error(console: Console, error: FeatureStoreError) -> None:
    """Print what went wrong, each problem with its place and what to do about it."""
    if isinstance(error, DefinitionError):
        show_problems(console, error.problems)
        found = len(error.problems)
        console.print(f"\n{found} {'problem' if found == 1 else 'problems'}; nothing was changed.")
        return
    for number, line in enumerate(str(error).splitlines()):
        _print_line(console, "error: " if number == 0 else "       ", _STYLES["error"], line)


def show_problems(console: Console, problems: Sequence[Problem]) -> None:
    """Print problems, errors and warnings alike: `file:line:column`, the message, the suggestion below."""
    from rich.text import Text

    for problem in problems:
        place = f"{_place(problem.location)}: " if problem.location else ""
        label = f"{problem.severity}: "
        _print_line(console, label, _STYLES.get(problem.severity, ""), f"{place}{problem.message}")
        indent = " " * len(label)
        hint = f"{problem.suggestion} " if problem.suggestion else ""
        console.print(Text.assemble(indent, hint, (f"[{problem.rule}]", "dim")), soft_wrap=True)


def error_document(error: FeatureStoreError) -> dict[str, Any]:
    """The same for programs."""
    problems = error.problems if isinstance(error, DefinitionError) else ()
    return {
        "error": {
            "kind": type(error).__name__,
            "exit_code": exit_code_of(error),
            "message": str(error),
            "problems": [problem_document(problem) for problem in problems],
        }
    }


def problem_document(problem: Problem) -> dict[str, Any]:
    """A problem for programs; `file`, `line` and `column` are null where it stands in no file."""
    place = problem.location
    return {
        "severity": problem.severity,
        "rule": problem.rule,
        "message": problem.message,
        "suggestion": problem.suggestion,
        "file": str(place.file) if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def _print_line(console: Console, label: str, style: str, text: str) -> None:
    # Soft: a terminal may break the line anywhere, we nowhere, so that places can be clicked and copied.
    from rich.text import Text

    console.print(Text.assemble((label, style), text), soft_wrap=True)


def _place(location: Location) -> str:
    """The location from where the user stands, if the file is below it."""
    here = Path.cwd()
    file = location.file.relative_to(here) if location.file.is_relative_to(here) else location.file
    return str(Location(file, location.line, location.column))
