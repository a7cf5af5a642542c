"""`featurestore impact`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("impact")
@click.argument("reference", metavar="REF")
@click.option("--retire", "retiring", is_flag=True, help="Also what retiring it would break, and what it would free.")
def impact(session: Session, reference: str, retiring: bool) -> None:
    """Show what depends on a source or on features.

    Of a source, or source:column: feature columns by view, feature services, tile tables and slots, and the teams and
    owners to ask before it changes. Of a view, view:column, view@2 or a feature service: the services, the models, and
    who fetched it in the last 30 days. Where a source and a view have one name, view:* is the view.
    """
    found = session.store.impact_of(reference, retiring=retiring)
    session.answer(found.to_dict(), lambda console: console.print(repr(found), markup=False, soft_wrap=True))
