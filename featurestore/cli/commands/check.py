"""`featurestore check`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.exit_codes import FOUND_WANTING
from featurestore.cli.session import INSTANT, Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.checks.profiles import RowsProfile
    from featurestore.checks.report import CheckReport


@command("check")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@click.option("--since", type=INSTANT, help="Only days from this instant on, ISO 8601; eight weeks if not given.")
@click.option("--full", is_flag=True, help="Look at the values of all entities, and not of a sample.")
@click.option("--profile", metavar="VIEW", help="What the rows and values of a view are like.")
@click.option("--suggest", metavar="VIEW", help="What to expect of a view's sources and features, as YAML.")
@click.option(
    "--data-docs",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write figures and samples as Data Docs of Great Expectations.",
)
@click.option("--accept", "finding", metavar="FINDING", help="Let pass what this finding holds back, as it is now.")
@click.option("--break-glass", "glass", is_flag=True, help="Let pass all that is held back of the views.")
@click.option("--reason", metavar="TEXT", help="Why it is accepted; it is kept.")
def check(
    session: Session,
    views: tuple[str, ...],
    since: int | None,
    full: bool,
    profile: str | None,
    suggest: str | None,
    data_docs: Path | None,
    finding: str | None,
    glass: bool,
    reason: str | None,
) -> None:
    """Check rows and values against what is expected.

    Of the sources of all views if none is named, the days of the last eight weeks; and how stable each feature is by
    the weeks before. Findings say what is wrong, since when, with some of the rows, and whom it touches.

    What breaks an expectation with `severity: block` is held back by `materialize`: neither frames nor look-ups see it.
    --accept lets pass what one finding holds, if an approver says why; --break-glass all that is held of the views, by
    any author of theirs. The next `materialize` takes it in.
    """
    modes = {
        "--profile": profile,
        "--suggest": suggest,
        "--data-docs": data_docs,
        "--accept": finding,
        "--break-glass": glass,
    }
    _refuse_mixing([name for name, given in modes.items() if given], views, since, full, reason)
    if profile is not None:
        profiles = session.store.checks.profile(profile)
        described = {"profiles": [each.to_dict() for each in profiles]}
        session.answer(described, lambda console: _show_profiles(console, profiles))
        return
    if suggest is not None:
        found = session.store.checks.suggest(suggest, full=full)
        document = {
            "view": found.view,
            "yaml": {each.source.name: each.yaml for each in found.sources},
            "features": {each.feature: each.yaml for each in found.features},
        }
        session.answer(document, lambda console: console.print(found.yaml, markup=False, soft_wrap=True))
        return
    if data_docs is not None:
        page = session.store.checks.write_data_docs(views or None, data_docs)
        session.answer({"page": str(page)}, lambda console: console.print(f"written: {page}", markup=False))
        return
    if finding is not None or glass:
        _accept(session, views, finding, reason or "")
        return
    report = session.store.checks.run(views or None, since=since, full=full)
    session.answer(report.to_dict(), lambda console: _show(console, report))
    if not report.holds:
        sys.exit(FOUND_WANTING)


def _refuse_mixing(modes: list[str], views: tuple[str, ...], since: int | None, full: bool, reason: str | None) -> None:
    """One thing at a time, so that nothing that was asked for is passed over."""
    if len(modes) > 1:
        raise click.UsageError(f"{' and '.join(modes)} are things of their own; ask for one at a time")
    mode = modes[0] if modes else ""
    if views and mode in ("--profile", "--suggest", "--accept"):
        raise click.UsageError(f"{mode} names what it is about; leave {' '.join(views)} out")
    if since is not None and mode:
        raise click.UsageError("--since goes with checks alone")
    if full and mode not in ("", "--suggest"):
        raise click.UsageError("--full goes with checks and --suggest")
    if reason is not None and mode not in ("--accept", "--break-glass"):
        raise click.UsageError("--reason goes with --accept or --break-glass")


def _show_profiles(console: Console, profiles: tuple[RowsProfile, ...]) -> None:
    from featurestore.cli.words import count, plain_table

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.4g}"

    for each in profiles:
        console.print(f"{each.name}, {each.of}: {count(each.rows, 'row')}", markup=False)
        shown = plain_table("column", "missing", "mean", "5 %", "median", "95 %", "most frequent")
        for column in each.columns:
            missing = f"{100 * column.nulls / max(column.rows, 1):.3g} %"
            frequent = ", ".join(f"{value} {100 * share:.3g} %" for value, share in column.frequent)
            shown.add_row(column.column, missing, number(column.mean), *map(number, column.quantiles), frequent)
        console.print(shown)
        console.print()


def _accept(session: Session, views: tuple[str, ...], finding: str | None, reason: str) -> None:
    checks = session.store.checks
    accepted = (checks.accept(finding, reason),) if finding is not None else checks.break_glass(views or None, reason)

    def show(console: Console) -> None:
        for each in accepted:
            console.print(f"{each.subject} is accepted; `featurestore materialize` takes it in", markup=False)
        if not accepted:
            console.print("Nothing is held back.")

    session.answer({"accepted": [each.subject for each in accepted]}, show)


def _show(console: Console, report: CheckReport) -> None:
    from featurestore.checks.check_words import expectation_words
    from featurestore.checks.report import stability_words
    from featurestore.cli.words import count, plain_table
    from featurestore.finding_words import finding_words

    for checked in report.sources:
        console.print(f"{checked.source}: {count(checked.checks, 'check')} of {count(checked.days, 'day')}")
    for broken in report.broken:
        console.print()
        console.print(expectation_words(broken.finding), style="yellow", markup=False, soft_wrap=True)
        if broken.touched.words():
            console.print(f"  touches {broken.touched.words()}", style="dim", markup=False, soft_wrap=True)
        if broken.rows:
            shown = plain_table(*broken.rows[0])
            for row in broken.rows:
                shown.add_row(*(str(value) for value in row.values()))
            console.print(shown)
    if report.stability:
        console.print()
        shown = plain_table("feature", "stability", "PSI", "by chance")
        for view, columns in report.stability.items():
            for each in columns:
                index, chance = each.verdict.index, each.verdict.index_by_chance
                figures = ("" if figure is None else f"{figure:.3f}" for figure in (index, chance))
                shown.add_row(f"{view}:{each.column}", stability_words(each), *figures)
        console.print(shown)
    for line in report.skew.lines():
        console.print(line, markup=False, soft_wrap=True)
    for stale in report.stale:
        console.print(finding_words(stale), style="yellow", markup=False, soft_wrap=True)
    if report.holds:
        console.print()
        console.print(
            "[green]Everything is as expected.[/]" if report.sources else "Nothing is expected of the sources."
        )
