"""`featurestore vacuum`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


def _check_duration(ctx: click.Context, parameter: click.Parameter, value: Any) -> str:
    from definitions.durations import parse_duration

    try:
        return parse_duration(value).text
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@command("vacuum")
@click.option("--minimum-age", default="7d", show_default=True, callback=_check_duration, metavar="DURATION",
              help="Keep what was superseded less long ago, so that earlier frames can be had again.")  # fmt: skip
def vacuum(session: Session, minimum_age: str) -> None:
    """Delete superseded tiles that nobody reads any more."""
    from builders.figures import size_words
    from featurestore.cli.words import count

    report = session.store.vacuum(minimum_age)

    def show(console: Console) -> None:
        deleted = [
            f"{count(report.segments, 'segment')} of {size_words(report.bytes)}" if report.segments else "",
            count(report.bases, "base") if report.bases else "",
            count(report.orphans, "unfinished build") if report.orphans else "",
            count(report.generations, "online generation") if report.generations else "",
        ]
        listed = ", ".join(part for part in deleted if part)
        console.print(f"Deleted {listed}." if listed else f"Nothing to delete that is older than {minimum_age}.")

    session.answer(asdict(report), show)
