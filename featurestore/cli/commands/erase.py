"""`featurestore erase`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("erase")
@click.option("--entity", "parts", multiple=True, required=True, metavar="KEY=VALUE",
              help="One key of the entity; repeat for each. Some of them erase all that have these.")  # fmt: skip
@click.option("--reason", required=True, help="Why; it is kept, so it should not say who.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(session: Session, parts: tuple[str, ...], reason: str, yes: bool) -> None:
    """Erase an entity from tiles and online.

    Every segment that holds it is written again without it, earlier ones too, and its rows online are emptied. Sources
    and backups stay as they are: delete it there first, or the next materialize brings it back and says so.

    \b
    featurestore erase --entity customer_id=3 --reason "request 2024-117"
    """
    from featurestore.cli.progress import progress_bar
    from featurestore.cli.words import count

    key: dict[str, str] = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals or name in key:
            raise click.UsageError("give each key once, as --entity KEY=VALUE")
        key[name] = text
    if not yes and not session.as_json:
        click.confirm(f"This cannot be undone. Erase the entity with this {', '.join(key)}?", abort=True)
    with progress_bar(session) as progress:
        report = session.store.erase(key, reason=reason, progress=progress)

    def show(console: Console) -> None:
        again = ", which had begun before" if report.resumed else ""
        console.print(f"[green]erased[/], as erasure {report.number}{again}")
        tiles = f"{count(report.tiles, 'tile')} from {count(report.files, 'file')}"
        kept = f"; {count(report.lookups, 'kept look-up')} deleted" if report.lookups else ""
        console.print(f"{tiles}; {count(report.rows, 'row')} emptied online{kept}", highlight=False)
        for source, rows in report.sources.items():
            held = f"source {source} still holds {count(rows, 'row')} of it; delete them, or they come back"
            console.print(f"note: {held}", style="yellow", markup=False, soft_wrap=True)
        console.print("note: backups made before still hold it", style="yellow")

    session.answer(asdict(report), show)
