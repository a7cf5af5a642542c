"""`featurestore retire`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("retire")
@click.argument("reference", metavar="REF")
@click.option("--force", "reason", metavar="REASON", help="Although it is in use; the reason is kept.")
def retire(session: Session, reference: str, reason: str | None) -> None:
    """Retire what nobody uses any more.

    REF is a version such as view@1 that is served beside a later one: nobody gets it any more. Of a view or a feature
    service, whose lifecycle stands in YAML, the command says whether `apply` will take `lifecycle: retired`.

    What was looked up in the last days (usage.quiet in featurestore.yaml, 30d if not given), or has models bound to
    it, is retired with --force only.
    """
    from featurestore.retire import describe_retirement

    done = session.store.retire(reference, reason=reason)
    session.answer(done.to_dict(), lambda console: console.print(describe_retirement(done), markup=False))
