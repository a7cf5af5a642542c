"""`featurestore plan`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from featurestore.cli.session import Session, command
from featurestore.cli.words import KIND_WORDS, count

if TYPE_CHECKING:
    from rich.console import Console

    from definitions.diff import Change

_GROUPS: Final = (
    ("breaking", "breaking", "!", "bold red"),
    ("removed", "removed", "-", "red"),
    ("computation", "changed computation", "~", "yellow"),
    ("new", "new", "+", "green"),
    ("metadata", "metadata only", "·", "blue"),
)
"""Each kind of change, gravest first: its title, its sign, its colour."""


@command("plan")
@click.option("--sample", is_flag=True, help="Compare values too, for some hundred entities.")
def plan(session: Session, sample: bool) -> None:
    """Show what `apply` would change, and what is there already."""
    from featurestore.cli.failures import problem_document, show_problems
    from featurestore.cli.reuse import reuse_document, show_reuse, show_same_data

    warnings = session.store.validate().warnings
    found = session.store.plan(sample=sample)

    def show(console: Console) -> None:
        from rich.text import Text

        if warnings:
            show_problems(console, warnings)
            console.print()
        if found.refusals:
            for refusal in found.refusals:
                console.print(refusal, style="bold red", markup=False, soft_wrap=True)
            console.print("\n`featurestore apply` would refuse this.")
            return
        if found.is_empty:
            console.print("Nothing to apply: the YAML is what is applied.")
            return
        _show_changes(console, found.changes)
        _show_personal(console, found.personal)
        if found.reuse:
            show_reuse(console, found.reuse, found.rulings)
        if found.unsearched is not None:
            failed = f"what is there already could not be looked up ({found.unsearched}); tell the platform team"
            console.print(Text.assemble(("warning: ", "yellow"), failed), soft_wrap=True)
        if found.same_data is not None:
            show_same_data(console, found.same_data)
        amounts = [(title, sum(change.change == kind for change in found.changes)) for kind, title, *_ in _GROUPS]
        listed = ", ".join(f"{amount} {title}" for title, amount in amounts if amount)
        console.print(f"{listed}; {count(found.columns, 'feature column')} afterwards.")
        if found.kept:
            console.print(f"{', '.join(found.kept)} goes on beside what is new, until it is retired.", markup=False)
        refused = [ruling.reuse.column for ruling in found.rulings if ruling.action == "refused"]
        gated = [f"{', '.join(refused)}, which others have; see above what to use"] if refused else []
        for obstacle in (*found.obstacles, *gated):
            console.print(Text.assemble(("apply will refuse: ", "bold red"), obstacle), soft_wrap=True)
        if not found.obstacles and not refused:
            console.print("Next: featurestore apply", style="dim")

    document = {
        "changes": [
            {
                "change": change.change,
                "kind": change.kind,
                "name": change.name,
                "details": list(change.details),
                "affected_services": list(change.affected),
                "consequence": _consequence(change),
            }
            for change in found.changes
        ],
        "feature_columns": found.columns,
        "refusals": list(found.refusals),
        "about_people": list(found.personal),
        "same_data": None if found.same_data is None else [asdict(each) for each in found.same_data],
        "reuse": [reuse_document(each, found.rulings) for each in found.reuse],
        "unsearched": found.unsearched,
        "obstacles": list(found.obstacles),
        "kept_versions": list(found.kept),
        "warnings": [problem_document(problem) for problem in warnings],
    }
    session.answer(document, show)


def _show_changes(console: Console, found: Sequence[Change]) -> None:
    for kind, title, sign, style in _GROUPS:
        changes = [change for change in found if change.change == kind]
        if changes:
            console.print(f"[{style}]{title}[/]")
            for change in changes:
                _show_change(console, change, sign, style)
            console.print()


def _show_personal(console: Console, told: Sequence[str]) -> None:
    if told:
        console.print("[yellow]about people[/]")
        for line in told:
            console.print(f"  {line}", markup=False, soft_wrap=True)
        console.print()


def _show_change(console: Console, change: Change, sign: str, style: str) -> None:
    """A line for what is new, cut where the terminal ends; for what changes, each detail and what follows."""
    from rich.padding import Padding
    from rich.text import Text

    head = Text.assemble((f"  {sign} ", style), f"{KIND_WORDS[change.kind]:<15} ", change.name)
    if change.change == "new":
        head.append("".join(f"  {_count_columns(detail)}" for detail in change.details), "dim")
        console.print(head, no_wrap=True, overflow="ellipsis")
        return
    console.print(head)
    lines = [Text(detail) for detail in change.details]
    if consequence := _consequence(change):
        lines.append(Text(f"→ {consequence}", style))
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 20), expand=False))


def _count_columns(detail: str) -> str:
    """`columns a, b` with their number."""
    names = detail.removeprefix("columns ")
    return f"{count(names.count(',') + 1, 'column')}: {names}"


def _consequence(change: Change) -> str:
    """What follows from a change once it is applied, in plain words; empty where nothing does."""
    services = ", ".join(change.affected)
    match change.change, change.kind:
        case "breaking", "feature_service":
            return "models that ask for it may fail"
        case "breaking", _:
            return f"whoever asks for it may fail{f'; so may {services}' if services else ''}"
        case "removed", _:
            return "no feature service used it; its tiles stay until `vacuum`"
        case "computation", "feature_service":
            return "models that ask for it get what is listed here"
        case "computation", _:
            answers = f"; {services} answer{'' if len(change.affected) > 1 else 's'} with the new values then"
            return f"computed anew by the next `materialize`{answers if services else ''}"
        case _:
            return ""
