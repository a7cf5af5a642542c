"""`featurestore findings`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("findings")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@click.option("--settled", is_flag=True, help="Also findings of promises that hold again.")
def findings(session: Session, views: tuple[str, ...], settled: bool) -> None:
    """Show where views did not keep what they promise.

    A row is late if it landed after its boundary had been built; the publishing lag is how long after a boundary its
    values were online. Each finding names the delay that would have held for 99.9 % of what was measured in 30 days.
    A view is stale if what is online is older than its service level (sla in the YAML) says.
    """
    from featurestore.cli.words import instant_words
    from featurestore.finding_words import finding_document, finding_words
    from featurestore.registry.findings import SETTLED

    found = session.store.findings(views or None, settled=settled)

    def show(console: Console) -> None:
        for item in found:
            state = "settled: " if item.state == SETTLED else ""
            console.print(f"{state}{finding_words(item)}", markup=False)
            seen = f"first seen {instant_words(item.first_seen)}, last {instant_words(item.last_seen)}"
            console.print(f"  {seen}", style="dim", markup=False)
        if not found:
            console.print("No findings: the promises hold.")

    session.answer({"findings": [finding_document(item) for item in found]}, show)
