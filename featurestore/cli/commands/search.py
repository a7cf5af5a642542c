"""`featurestore search`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("search")
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--formula", metavar="AGGREGATE", help="That compute this, such as 'avg(arr_delay)'.")
@click.option("--column", metavar="SOURCE.COLUMN", help="That read this column, such as flights.arr_delay.")
@click.option("--like", metavar="VIEW:COLUMN", help="That are like this one.")
@click.option("--wanted", is_flag=True, help="What was looked for in vain, most often first.")
def search(
    session: Session, words: tuple[str, ...], formula: str | None, column: str | None, like: str | None, wanted: bool
) -> None:
    """Find features that are there.

    All words have to occur in a feature's name, description, tags, team, formula or what it reads. What is looked for
    in vain is remembered, as demand.
    """
    if wanted:
        if words or formula or column or like:
            raise click.UsageError("--wanted stands alone")
        _show_wanted(session)
        return
    from definitions.durations import spell_duration
    from featurestore.cli.words import count, plain_table

    hits = session.store.search(" ".join(words), formula=formula, column=column, like=like)

    def show(console: Console) -> None:
        table = plain_table("feature", "what it computes", "whose", "used by")
        for hit in hits:
            over = "" if hit.window is None else f" over {spell_duration(hit.window)}"
            state = "" if hit.state == "active" else f" ({hit.state})"
            table.add_row(
                f"{hit.reference}{state}", f"{hit.formula}{over}", hit.team or "", count(len(hit.services), "service")
            )
        if hits:
            console.print(table)
        else:
            console.print("Nothing is like that yet; the search is remembered, so that others see what is wanted.")

    document = {"features": [{**asdict(hit), "services": list(hit.services)} for hit in hits]}
    session.answer(document, show)


def _show_wanted(session: Session) -> None:
    from featurestore.clock import day_of, format_instant

    found = session.store.wanted()

    def show(console: Console) -> None:
        for each in found:
            often = "once" if each.times == 1 else f"{each.times:,} times"
            console.print(f"{each.words}: {often}, last on {day_of(each.last_at)}", markup=False, highlight=False)
        if not found:
            console.print("Nothing was looked for in vain.")

    document = [
        {
            "words": each.words,
            "times": each.times,
            "first_at": format_instant(each.first_at),
            "last_at": format_instant(each.last_at),
        }
        for each in found
    ]
    session.answer({"wanted": document}, show)
