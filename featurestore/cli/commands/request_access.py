"""`featurestore request-access`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("request-access")
@click.argument("on", metavar="OBJECT")
@click.option("--right", default="read", show_default=True, metavar="RIGHT", help="discover, read or manage.")
@click.option("--reason", required=True, help="Why; whoever decides reads it.")
@click.option("--to", metavar="WHO", help="principal:NAME, team:NAME or view:NAME; oneself if not given.")
@click.option("--expires", metavar="SPAN", help="After a span such as 90d, or at an instant; never if not given.")
def request_access(session: Session, on: str, right: str, reason: str, to: str | None, expires: str | None) -> None:
    """Ask for a right on a source or a view.

    OBJECT is source:NAME or view:NAME. An approver of the team that owns it decides, and never the one who asked. A
    source that is granted to a view may be read through it by whoever may read the view.
    """
    from featurestore.cli.access import request_document, request_words

    made = session.store.access.request(right, on, reason=reason, to=to, expires=expires)
    session.answer(
        request_document(made), lambda console: console.print(request_words(made), markup=False, soft_wrap=True)
    )
