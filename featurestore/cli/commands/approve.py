"""`featurestore approve`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("approve")
@click.argument("request", type=int)
@click.option("--reason", default="", help="Why; it is kept.")
def approve(session: Session, request: int, reason: str) -> None:
    """Grant what a request asks for.

    As an approver of the team that owns it, and as somebody else than who asked. REQUEST is its number: see
    `featurestore grant requests`.
    """
    from featurestore.cli.access import request_document, request_words

    made = session.store.access.approve(request, reason=reason)
    session.answer(
        request_document(made), lambda console: console.print(request_words(made), markup=False, soft_wrap=True)
    )
