"""`featurestore usage`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("usage")
@click.argument("reference", required=False, metavar="[REF]")
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="How far back, with today.")
def usage(session: Session, reference: str | None, days: int) -> None:
    """Show who uses features.

    Online look-ups and training fetches by day, through which feature services and by whom, and the models that are
    bound. REF is a feature service, a view, or a reference such as view:column or view@2:column; without it, all
    feature columns are ranked.
    """
    reader = session.store.usage
    found = reader.ranking(days) if reference is None else reader.of(reference, days)
    session.answer(found.to_dict(), lambda console: console.print(repr(found), markup=False, soft_wrap=True))
