"""`featurestore bootstrap`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("bootstrap")
@click.argument("name")
def bootstrap(session: Session, name: str) -> None:
    """Register the first admin, and show their token once.

    From then on people have rights: see docs/governance.md for what each mode defends. The audit's key is made too, in
    the file that FEATURESTORE_AUDIT_KEY_FILE names, or in .featurestore/audit.key; keep it elsewhere than the registry.
    """
    made = session.store.teams.bootstrap(name)

    def show(console: Console) -> None:
        console.print(f"{made.principal} is admin of the team platform. The token, shown this once:")
        console.print(made.token, markup=False, soft_wrap=True)
        console.print(f"The audit's key is in {made.audit_key}.", markup=False, soft_wrap=True)
        console.print("Next: export FEATURESTORE_TOKEN=…; featurestore team create TEAM", style="dim")

    document = {
        "principal": made.principal,
        "token": made.token,
        "token_id": made.token_id,
        "audit_key": made.audit_key,
    }
    session.answer(document, show)
