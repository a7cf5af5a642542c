"""`featurestore publish`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from definitions.errors import QualityError
from featurestore.cli.exit_codes import exit_code_of
from featurestore.cli.session import INSTANT, Session, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from featurestore.publish import PublishReport
    from featurestore.registry.findings import Finding
    from featurestore.view_generations import ViewGeneration

LATEST = "latest"


class GenerationType(click.ParamType):  # type: ignore[type-arg]  # generic in later versions only
    """A generation's number, or `latest`."""

    name = "generation"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == LATEST or isinstance(value, int):
            return LATEST if value == LATEST else int(value)
        if not str(value).isdecimal():
            self.fail(f"{value!r} is no generation; write its number, or {LATEST}", param, ctx)
        return int(value)


@command("publish")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@click.option("--end", type=INSTANT, help="As of the latest boundary by this instant, ISO 8601; now if not given.")
@click.option("--generation", type=GenerationType(), metavar="N|latest",
              help="Switch readers of VIEW to generation N and hold them there; latest lets them go on.")  # fmt: skip
@click.option("--reason", help="Why readers are held, for those who come upon it later.")
@click.option("--generations", "listed", is_flag=True, help="Publish nothing; list the generations of VIEW.")
def publish(
    session: Session,
    views: tuple[str, ...],
    end: int | None,
    generation: Any,
    reason: str | None,
    listed: bool,
) -> None:
    """Write online what is materialized.

    Of all views if none is named. `materialize` does this too; here for tiles that were made with --offline-only.

    When a new computation of a view turns out to be wrong, go back to the one before it:

    \b
    featurestore publish customer_purchases --generations
    featurestore publish customer_purchases --generation 1 --reason "refunds count twice"

    Readers see generation 1 from then on, and publishing brings that one forward, until:

    \b
    featurestore publish customer_purchases --generation latest
    """
    from featurestore.cli.progress import progress_bar
    from featurestore.cli.published import published_document
    from featurestore.finding_words import finding_document

    _check(views, end, generation, reason, listed)
    if listed:
        _list(session, session.store.get_generations(views[0]))
        return
    with progress_bar(session) as progress:
        reports = session.store.publish(
            end, views or None, generation=generation, reason=reason or "", progress=progress
        )
    did_nothing = all(report.boundary is None for report in reports)
    findings = session.store.findings(views or None)
    document = {
        "did_nothing": did_nothing,
        "published": [published_document(item) for item in reports],
        "findings": [finding_document(item) for item in findings],
    }
    session.answer(document, lambda console: _show(console, reports, did_nothing, findings))
    if any(report.withheld for report in reports):
        sys.exit(exit_code_of(QualityError()))


def _check(views: Sequence[str], end: int | None, generation: Any, reason: str | None, listed: bool) -> None:
    is_rollback = generation is not None and generation != LATEST
    if (listed or generation is not None) and len(views) != 1:
        raise click.UsageError("a generation is of one view; name one VIEW")
    if listed and (generation is not None or end is not None):
        raise click.UsageError("--generations only lists; leave the other options out")
    if reason is not None and not is_rollback:
        raise click.UsageError("--reason says why readers are held; it goes with --generation N")
    if end is not None and is_rollback:
        raise click.UsageError("generation N is served as it is; leave --end out, and publish afterwards")


def _show(console: Console, reports: Sequence[PublishReport], did_nothing: bool, findings: Sequence[Finding]) -> None:
    from featurestore.cli.published import hold_notes, published_table, withheld_notes
    from featurestore.finding_words import finding_words

    if did_nothing:
        console.print("Nothing to publish:")
        for report in reports:
            console.print(f"  {report.view}: {report.reason}", markup=False, style="dim")
    else:
        console.print(published_table(reports))
    for note in [
        *withheld_notes(reports),
        *hold_notes(reports),
        *(f"note: {finding_words(finding)}" for finding in findings),
    ]:
        console.print()
        console.print(note, markup=False, style="yellow", soft_wrap=True)


def _list(session: Session, generations: Sequence[ViewGeneration]) -> None:
    from featurestore.cli.published import as_of_words, hold_document
    from featurestore.cli.words import instant_words, plain_table
    from featurestore.clock import format_instant

    document = {
        "generations": [
            {
                "generation": item.number,
                "state": item.state,
                "watermark": None if item.watermark is None else format_instant(item.watermark),
                "fingerprint": item.fingerprint,
                "version": item.version,
                "entities": item.rows,
                "created": format_instant(item.created_at),
                "hold": None if item.hold is None else hold_document(item.hold),
            }
            for item in generations
        ]
    }

    def show(console: Console) -> None:
        table = plain_table("generation", "state", "as of", "entities", "version", "fingerprint", "made")
        for item in generations:
            state = f"{item.state}, held" if item.hold else item.state
            as_of = "" if item.watermark is None else as_of_words(item.watermark)
            rows, version = ("" if number is None else f"{number:,}" for number in (item.rows, item.version))
            made = instant_words(item.created_at)
            table.add_row(str(item.number), state, as_of, rows, version, item.fingerprint, made)
        console.print(table)

    session.answer(document, show)
