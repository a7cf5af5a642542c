"""`featurestore lineage`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("lineage")
@click.argument("references", nargs=-1, required=True, metavar="REF...")
def lineage(session: Session, references: tuple[str, ...]) -> None:
    """Show what feature columns are made of.

    For each: the source columns and what they do (value, filter, key, join, timestamp, dedupe, tiebreak), what is
    computed of them, and the slots that tiles hold for it.

    REF is a feature service, a feature view, or a reference such as view:column or view:*.
    """
    found = session.store.lineage(*references)
    session.answer(found.to_dict(), lambda console: console.print(repr(found), markup=False, soft_wrap=True))
