"""`featurestore token`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command
from featurestore.cli.words import instant_words, plain_table

if TYPE_CHECKING:
    from rich.console import Console


@click.group("token")
def token() -> None:
    """Make tokens and revoke them."""


@command("create")
@click.argument("principal")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE",
              help="read, manage, approve or administer, beside discover; repeat for several. "
                   "discover and read if not given.")  # fmt: skip
@click.option("--expires", metavar="SPAN", help="After a span, or at an instant; 90 days if not given.")
def create(session: Session, principal: str, scopes: tuple[str, ...], expires: str | None) -> None:
    """Make a token and show it once.

    One's own, no wider and no longer than the one it is made with; a platform's admin makes anybody's.
    """
    from featurestore.clock import format_instant
    from featurestore.tokens import DEFAULT_SCOPES

    made = session.store.tokens.create(principal, scopes or DEFAULT_SCOPES, expires)

    def show(console: Console) -> None:
        scoped, until = ", ".join(made.scopes), instant_words(made.expires_at)
        console.print(f"Token {made.id} of {principal}, to {scoped}, until {until}; shown this once:", markup=False)
        console.print(made.token, markup=False, soft_wrap=True)

    document = {
        "id": made.id,
        "principal": principal,
        "scopes": list(made.scopes),
        "expires_at": format_instant(made.expires_at),
        "token": made.token,
    }
    session.answer(document, show)


@command("list")
@click.option("--all", "ended", is_flag=True, help="Also those that are revoked or have expired.")
def list_tokens(session: Session, ended: bool) -> None:
    """Show one's tokens; to a platform's admin, everybody's."""
    from featurestore.clock import format_instant

    found = session.store.tokens.list(ended=ended)

    def show(console: Console) -> None:
        table = plain_table("token", "of", "scopes", "until", "state")
        for item in found:
            state = "revoked" if item.revoked_at is not None else ""
            table.add_row(item.id, item.principal, ", ".join(item.scopes), instant_words(item.expires_at), state)
        console.print(table if found else "There are no tokens.")

    document = {
        "tokens": [
            {
                "id": item.id,
                "principal": item.principal,
                "scopes": list(item.scopes),
                "created_by": item.created_by,
                "created_at": format_instant(item.created_at),
                "expires_at": format_instant(item.expires_at),
                "revoked_at": None if item.revoked_at is None else format_instant(item.revoked_at),
            }
            for item in found
        ]
    }
    session.answer(document, show)


@command("revoke")
@click.argument("identity", metavar="ID")
def revoke(session: Session, identity: str) -> None:
    """Let a token, by its id, be of no use any more."""
    session.store.tokens.revoke(identity)
    done = f"Revoked the token {identity}; it is of no use anywhere within 30 seconds."
    session.answer({"id": identity, "revoked": True}, lambda console: console.print(done, markup=False))


for _command in (create, list_tokens, revoke):
    token.add_command(_command)
