"""`featurestore publish`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import INSTANT, Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("publish")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@click.option("--until", type=INSTANT, help="As of the latest boundary by this instant, ISO 8601; now if not given.")
def publish(session: Session, views: tuple[str, ...], until: int | None) -> None:
    """Write online what is materialized.

    Of all views if none is named. `materialize` does this too; here for tiles that were made with --offline-only.
    """
    from featurestore.cli.progress import progress_bar
    from featurestore.cli.published import published_document, published_table

    with progress_bar(session) as progress:
        reports = session.store.publish(until, views or None, progress=progress)
    did_nothing = all(report.boundary is None for report in reports)

    def show(console: Console) -> None:
        if not did_nothing:
            console.print(published_table(reports))
            return
        console.print("Nothing to publish:")
        for report in reports:
            console.print(f"  {report.view}: {report.reason}", markup=False, style="dim")

    session.answer({"did_nothing": did_nothing, "published": [published_document(item) for item in reports]}, show)
