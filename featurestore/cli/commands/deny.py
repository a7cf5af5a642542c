"""`featurestore deny`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("deny")
@click.argument("request", type=int)
@click.option("--reason", required=True, help="Why; it is kept.")
def deny(session: Session, request: int, reason: str) -> None:
    """Refuse what a request asks for.

    As an approver of the team that owns it. REQUEST is its number: see
    `featurestore grant requests`.
    """
    from featurestore.cli.access import request_document, request_words

    made = session.store.access.deny(request, reason=reason)
    session.answer(
        request_document(made), lambda console: console.print(request_words(made), markup=False, soft_wrap=True)
    )
