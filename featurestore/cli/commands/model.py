"""`featurestore model`: the models that use features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.features import asked_features
from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@click.group("model")
def model() -> None:
    """Say which models use which features.

    A model that is bound stands in the usage, the lineage and the impact of its features.
    """


@command("bind")
@click.argument("name")
@click.argument("names", nargs=-1, required=True, metavar="FEATURES...")
@click.option("--version", "of_version", metavar="VERSION", help="The model's own version; each is bound apart.")
@click.option("--owner", metavar="NAME", help="Who answers for the model.")
@click.option("--stage", metavar="STAGE", help="Where it stands, such as staging or production.")
def bind(
    session: Session,
    name: str,
    names: tuple[str, ...],
    of_version: str | None,
    owner: str | None,
    stage: str | None,
) -> None:
    """Say that a model uses features, in the versions that they have now.

    FEATURES are a feature service, or references such as view:column or view:*.
    """
    from featurestore.cli.words import count
    from featurestore.usage import model_document

    bound = session.store.bind_model(name, asked_features(names), version=of_version, owner=owner, stage=stage)

    def show(console: Console) -> None:
        views = ", ".join(sorted({f"{column.view}@{column.version}" for column in bound.columns}))
        console.print(f"{bound.title} uses {count(len(bound.columns), 'feature column')} of {views}", markup=False)

    session.answer(model_document(bound), show)


@command("unbind")
@click.argument("name")
@click.option("--version", "of_version", metavar="VERSION", help="This version alone; all without it.")
def unbind(session: Session, name: str, of_version: str | None) -> None:
    """Say that a model uses its features no more."""
    from featurestore.usage import model_document

    unbound = session.store.unbind_model(name, version=of_version)

    def show(console: Console) -> None:
        for item in unbound:
            console.print(f"{item.title} uses {', '.join(item.features)} no more", markup=False)

    session.answer({"models": [model_document(item) for item in unbound]}, show)


@command("list")
def list_models(session: Session) -> None:
    """Show the models that are bound, and to what."""
    from featurestore.cli.words import plain_table
    from featurestore.usage import model_document

    found = session.store.models()

    def show(console: Console) -> None:
        from rich.text import Text

        if not found:
            console.print("No model is bound; `featurestore model bind` says which features one uses.")
            return
        table = plain_table("model")
        for name in ("features", "of", "stage", "owner"):
            table.add_column(name, overflow="fold")
        for item in found:
            views = ", ".join(sorted({f"{column.view}@{column.version}" for column in item.columns}))
            cells = (item.title, ", ".join(item.features), views, item.stage or "", item.owner or "")
            table.add_row(*map(Text, cells))
        console.print(table)

    session.answer({"models": [model_document(item) for item in found]}, show)


for _command in (bind, unbind, list_models):
    model.add_command(_command)
