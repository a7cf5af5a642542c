"""`featurestore apply`"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("apply")
@click.option(
    "--break-glass", metavar="REASON", help="Apply what the gate refuses; remembered, and told to the owners."
)
def apply(session: Session, break_glass: str | None) -> None:
    """Make the YAML the definitions that everybody uses."""
    from rich.table import Table

    from featurestore.cli.words import KIND_WORDS, count
    from featurestore.clock import format_instant

    record = session.store.apply(break_glass=break_glass)

    def show(console: Console) -> None:
        if not record.changes:
            console.print(f"Nothing to apply: revision {record.revision} is what the YAML says.")
            return
        table = Table.grid(padding=(0, 2))
        for (what, kind), number in Counter((change.what, change.kind) for change in record.changes).items():
            names = ", ".join(
                change.name if change.version == 1 else f"{change.name}@{change.version}"
                for change in record.changes
                if (change.what, change.kind) == (what, kind)
            )
            table.add_row(f"  {what}", count(number, KIND_WORDS[kind]), f"[dim]{names}[/]")
        console.print(f"[green]applied[/] revision {record.revision}, by {record.principal}")
        console.print(table)
        console.print("Next: featurestore materialize", style="dim")

    document = {
        "revision": record.revision,
        "principal": record.principal,
        "applied_at": format_instant(record.applied_at),
        "changes": [
            {"what": change.what, "kind": change.kind, "name": change.name, "version": change.version}
            for change in record.changes
        ],
    }
    session.answer(document, show)
