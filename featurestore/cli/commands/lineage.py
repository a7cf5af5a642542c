"""`featurestore lineage`"""

from __future__ import annotations

import click

from featurestore.cli.session import Session, command


@command("lineage")
@click.argument("references", nargs=-1, required=True, metavar="REF...")
@click.option("--mermaid", is_flag=True, help="A flowchart in Mermaid, as Markdown can hold it.")
def lineage(session: Session, references: tuple[str, ...], mermaid: bool) -> None:
    """Show what features are made of and who asks for them.

    For each: the source columns and what they do (value, filter, key, join, timestamp, dedupe, tiebreak), what is
    computed of them, and the slots that tiles hold for it; then the feature services and models that ask for them.

    REF is a feature service, a feature view, or a reference such as view:column or view:*.
    """
    if mermaid and session.as_json:
        raise click.UsageError("--mermaid and --json are two answers; ask for one of them")
    found = session.store.lineage(*references)
    text = found.to_mermaid() if mermaid else repr(found)
    session.answer(found.to_dict(), lambda console: console.print(text, markup=False, soft_wrap=True))
