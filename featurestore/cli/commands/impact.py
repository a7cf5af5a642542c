"""`featurestore impact`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("impact")
@click.argument("changed", metavar="SOURCE[:COLUMN]")
def impact(session: Session, changed: str) -> None:
    """Show what depends on a source, or on one of its columns.

    Feature columns by view, feature services, tile tables and slots, and the teams and owners to ask before it changes.
    """
    source, colon, column = changed.partition(":")
    found = session.store.impact(source, column if colon else None)
    session.answer(found.to_dict(), lambda console: console.print(repr(found), markup=False, soft_wrap=True))
