"""`featurestore gate`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("gate")
@click.argument("team")
@click.argument("mode", required=False, metavar="[off|warn|block]")
def gate(session: Session, team: str, mode: str | None) -> None:
    """Show or choose what becomes of a team's rebuilds.

    `off` lets them pass, `warn` tells, `block` refuses to apply them. A team that has chosen nothing is warned for the
    first 30 days of the store, and blocked from then on.
    """
    if mode is not None:
        session.store.gate.set_mode(team, mode)
    chosen = session.store.gate.mode(team)

    def show(console: Console) -> None:
        said = (
            "has chosen nothing: warn for the first 30 days, then block" if chosen is None else f"has chosen {chosen}"
        )
        console.print(f"The team {team} {said}.", markup=False)

    session.answer({"team": team, "mode": chosen}, show)
