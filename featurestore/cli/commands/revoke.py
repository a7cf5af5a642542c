"""`featurestore revoke`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("revoke")
@click.argument("grant", type=int)
@click.option("--reason", required=True, help="Why; it is kept.")
def revoke(session: Session, grant: int, reason: str) -> None:
    """End a grant.

    As an approver of the team that owns what it is on, or as who has it. GRANT is its number: see
    `featurestore grant list`. Tokens are revoked with `featurestore token revoke`.
    """
    session.store.access.revoke(grant, reason=reason)
    session.answer({"grant": grant, "revoked": True}, lambda console: console.print(f"Revoked grant {grant}."))
