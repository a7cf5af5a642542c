"""`featurestore declassify`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("declassify")
@click.argument("reference", metavar="VIEW:COLUMN")
@click.option("--level", default="none", show_default=True, metavar="LEVEL", help="none, filter-only or aggregated.")
@click.option("--reason", help="Why; it is audited.")
@click.option("--withdraw", is_flag=True, help="Let it count as what its sources say again.")
def declassify(session: Session, reference: str, level: str, reason: str | None, withdraw: bool) -> None:
    """Let a feature column count as telling less about a person.

    As an approver of the teams that own the tagged source columns. It holds for the column's present computation alone:
    another one is tagged again.
    """
    if withdraw == (reason is not None):
        raise click.UsageError("say why with --reason, or give --withdraw")
    if reason is None:
        session.store.access.classify(reference)
    else:
        session.store.access.declassify(reference, level, reason=reason)
    done = f"{reference} counts as {'what its sources say' if withdraw else level}."
    document = {"reference": reference, "level": None if withdraw else level}
    session.answer(document, lambda console: console.print(done, markup=False))
