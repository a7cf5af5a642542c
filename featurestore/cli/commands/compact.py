"""`featurestore compact`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("compact")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
def compact(session: Session, views: tuple[str, ...]) -> None:
    """Put small segments of tiles together.

    Frames are faster over few files. Every materialize does so after it has built; this is for tiles that were left as
    they are. On Spark it also puts tiles of DuckDB, or of other buckets, into the buckets of their entity. Values do
    not change, and what was there before stays until it is vacuumed.
    """
    from featurestore.cli.words import count

    reports = [report for report in session.store.compact(views or None) if report.before]

    def show(console: Console) -> None:
        for report in reports:
            console.print(f"{report.label}: {count(report.before, 'segment')} became {report.after}")
        if not reports:
            console.print("Nothing to do: there are few segments already.")

    session.answer({"tile_tables": [asdict(report) for report in reports]}, show)
