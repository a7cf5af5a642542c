"""`featurestore materialize`"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from definitions.errors import QualityError
from featurestore.cli.exit_codes import exit_code_of
from featurestore.cli.session import INSTANT, Session, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from featurestore.materialize import TableReport
    from featurestore.runs import MaterializeReport


@command("materialize")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
@click.option("--start", type=INSTANT, help="Only segments that reach into the time from this instant on, ISO 8601.")
@click.option("--end", type=INSTANT, help="Up to this instant, ISO 8601; now if not given.")
@click.option("--full", is_flag=True, help="Build segments again that are up to date.")
@click.option("--offline-only", is_flag=True, help="Do not publish online.")
def materialize(
    session: Session, views: tuple[str, ...], start: int | None, end: int | None, full: bool, offline_only: bool
) -> None:
    """Bring sources to tiles, then online.

    Of all views if none is named. Twice the same does nothing the second time.

    A segment of history is about a month. With --start, those before it stay as they are: what is missing there is
    read from the source by training frames, and nothing is published that would need it. To build one month again:

    \b
    featurestore materialize --start 2024-02-01 --end 2024-03-01 --full
    """
    from featurestore.cli.progress import progress_bar
    from featurestore.cli.published import published_document
    from featurestore.clock import format_instant
    from featurestore.finding_words import finding_document

    began = time.perf_counter()
    with progress_bar(session) as progress:
        report = session.store.materialize(
            end, views or None, start=start, full=full, publish=not offline_only, progress=progress
        )
    seconds = time.perf_counter() - began
    document = {
        "start": None if report.start is None else format_instant(report.start),
        "end": format_instant(report.end),
        "did_nothing": report.did_nothing,
        "seconds": round(seconds, 3),
        "tile_tables": [_table_document(table) for table in report.tables],
        "published": [published_document(item) for item in report.published],
        "findings": [finding_document(item) for item in report.findings],
    }
    session.answer(document, lambda console: _show(console, report, seconds))
    if report.holds_something:
        sys.exit(exit_code_of(QualityError()))


def _show(console: Console, report: MaterializeReport, seconds: float) -> None:
    from featurestore.cli.published import published_table
    from featurestore.cli.words import instant_words
    from featurestore.finding_words import finding_words

    end = instant_words(report.end)
    since = "" if report.start is None else f" from {instant_words(report.start)}"
    if report.did_nothing and report.holds_something:
        console.print(f"Nothing was built{since} until {end}: what is new is held back.")
    elif report.did_nothing:
        console.print(f"Nothing to do: everything{since} is up to date at {end}.")
    else:
        console.print(f"[green]materialized[/]{since} until {end}, in {seconds:.1f} s")
    built = [table for table in report.tables if not table.did_nothing]
    if built:
        console.print()
        console.print(_built(built))
    if any(item.boundary is not None for item in report.published):
        console.print()
        console.print(published_table(report.published))
    held = [note for table in report.tables for note in _held_notes(table)]
    _show_notes(console, [*_notes(built), *_gap_notes(report.tables), *held, *map(finding_words, report.findings)])
    _show_holds(console, report)


def _show_notes(console: Console, notes: Sequence[str]) -> None:
    if notes:
        console.print()
    for note in notes:
        console.print(f"note: {note}", style="yellow", markup=False, soft_wrap=True)


def _show_holds(console: Console, report: MaterializeReport) -> None:
    from featurestore.cli.published import hold_notes

    for note in hold_notes(report.published):
        console.print()
        console.print(note, style="yellow", markup=False, soft_wrap=True)


def _built(tables: list[TableReport]) -> Table:
    from builders.figures import size_words
    from featurestore.cli.words import plain_table

    shown = plain_table("tile table", "segments", "source rows", "tiles", "size", "bases")
    for table in tables:
        again = f" ({table.rebuilt} again)" if table.rebuilt else ""
        segments, size = f"{table.built + table.rebuilt}{again}", size_words(table.bytes)
        shown.add_row(table.label, segments, f"{table.source_rows:,}", f"{table.tiles:,}", size, f"{table.bases}")
    return shown


def _notes(tables: list[TableReport]) -> list[str]:
    """What was left out of the tiles, so that nobody wonders about counts."""
    from featurestore.cli.words import count

    notes = []
    for table in tables:
        for number, why in ((table.null_keys, "a null key"), (table.null_timestamps, "a null timestamp")):
            if number:
                notes.append(f"{table.label}: {count(number, 'row')} with {why} left out")
        if table.expired:
            notes.append(f"{table.label}: {count(table.expired, 'segment')} dropped that no view keeps any longer")
        if table.compacted:
            notes.append(f"{table.label}: {count(table.compacted, 'segment')} became {table.compacted_into}")
        if invalid := sum(table.invalid.values()):
            notes.append(f"{table.label}: {count(invalid, 'value')} could not be computed and count as null")
    return notes


def _gap_notes(tables: Sequence[TableReport]) -> list[str]:
    """What a run with a start has left out before it."""
    from builders.coverage import uncovered
    from featurestore.clock import format_range

    return [
        f"{table.label}: tiles are missing {format_range(*gap)}; frames read that from the source, and publishing "
        "waits for it"
        for table in tables
        for start, end in table.gaps
        for gap in uncovered(start, end, table.held)
    ]


def _held_notes(table: TableReport) -> list[str]:
    """What checks let into no tile."""
    from featurestore.clock import format_range

    return [
        f"{table.label}: rows {format_range(*held)} are held back; `featurestore check` says why and how to accept them"
        for held in table.held
    ]


def _table_document(table: TableReport) -> dict[str, Any]:
    return {
        "table": table.table,
        "label": table.label,
        "segments_built": table.built,
        "segments_rebuilt": table.rebuilt,
        "tiles": table.tiles,
        "bytes": table.bytes,
        "source_rows": table.source_rows,
        "rows_with_null_key": table.null_keys,
        "rows_with_null_timestamp": table.null_timestamps,
        "invalid_values": dict(table.invalid),
        "segments_expired": table.expired,
        "segments_compacted": table.compacted,
        "segments_compacted_into": table.compacted_into,
        "bases_made": table.bases,
        "gaps": [_gap_document(*gap) for gap in table.gaps],
        "held": [_gap_document(*held) for held in table.held],
    }


def _gap_document(start: int, end: int) -> dict[str, str | None]:
    """A gap for programs; `start` is null at the beginning."""
    from definitions.durations import BEGINNING
    from featurestore.clock import format_instant

    return {"start": None if start == BEGINNING else format_instant(start), "end": format_instant(end)}
