"""`featurestore grant`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@click.group("grant")
def grant() -> None:
    """Show who has which rights, and who asked for some.

    Rights are asked for with `request-access`, decided with `approve` and `deny`, and ended with `revoke`.
    """


@command("list")
@click.option("--all", "ended", is_flag=True, help="Also those that are revoked or have ended.")
def list_grants(session: Session, ended: bool) -> None:
    """Show one's grants, and those on what one approves for."""
    from featurestore.cli.access import grant_document, grant_words

    found = session.store.access.grants(ended=ended)

    def show(console: Console) -> None:
        for item in found:
            console.print(grant_words(item), markup=False, soft_wrap=True)
        if not found:
            console.print("There are no grants.")

    session.answer({"grants": [grant_document(item) for item in found]}, show)


@command("requests")
@click.option("--all", "decided", is_flag=True, help="Also those that are decided.")
def list_requests(session: Session, decided: bool) -> None:
    """Show one's open requests, and those that one may decide."""
    from featurestore.cli.access import request_document, request_words

    found = session.store.access.requests(decided=decided)

    def show(console: Console) -> None:
        for item in found:
            console.print(request_words(item), markup=False, soft_wrap=True)
        if not found:
            console.print("There are no open requests." if not decided else "There are no requests.")

    session.answer({"requests": [request_document(item) for item in found]}, show)


for _command in (list_grants, list_requests):
    grant.add_command(_command)
