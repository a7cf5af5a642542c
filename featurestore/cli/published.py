"""What publishing did, for the commands that publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from featurestore.cli.words import instant_words, plain_table
from featurestore.clock import format_instant

if TYPE_CHECKING:
    from rich.table import Table

    from featurestore.publish import PublishReport
    from featurestore.registry.holds import Hold


def published_table(reports: Sequence[PublishReport]) -> Table:
    """One row a view that was published: how many entities were written, as of when, and why these.

    A reason that all share stands below.
    """
    done = [(report, report.boundary) for report in reports if report.boundary is not None]
    reasons = {report.reason for report, _ in done}
    shown = plain_table("online", "entities", "as of", *(["which"] if len(reasons) > 1 else []))
    for report, boundary in done:
        why = [report.reason] if len(reasons) > 1 else []
        shown.add_row(report.view, f"{report.rows:,}", as_of_words(boundary), *why)
    if len(reasons) == 1:
        shown.caption, shown.caption_style, shown.caption_justify = reasons.pop(), "dim", "left"
    return shown


def published_document(report: PublishReport) -> dict[str, Any]:
    """The same for programs; `boundary` is null where nothing was due."""
    return {
        "view": report.view,
        "generation": report.generation,
        "boundary": None if report.boundary is None else format_instant(report.boundary),
        "entities": report.rows,
        "reason": report.reason,
        "hold": None if report.hold is None else hold_document(report.hold),
        "withheld": list(report.withheld),
    }


def hold_document(hold: Hold) -> dict[str, Any]:
    """A hold for programs."""
    return {
        "generation": hold.generation_id,
        "reason": hold.reason,
        "by": hold.held_by,
        "since": format_instant(hold.held_at),
    }


def hold_notes(reports: Sequence[PublishReport]) -> list[str]:
    """Which views readers are held on an earlier generation of, and how to let them go."""
    notes = []
    for report in reports:
        if report.hold is not None:
            hold = report.hold
            why = f": {hold.reason}" if hold.reason else ""
            done = f"\n  {report.reason}" if report.boundary is None else ""
            notes.append(
                f"{hold.view} is held at generation {hold.generation_id} since {instant_words(hold.held_at)} by "
                f"{hold.held_by}{why}{done}\n"
                f"  `featurestore publish {hold.view} --generation latest` lets readers go on"
            )
    return notes


def withheld_notes(reports: Sequence[PublishReport]) -> list[str]:
    """Which views were not published, as their values are not as expected."""
    return [
        f"{report.view}: {report.reason}; `featurestore check` says why and how to accept them"
        for report in reports
        if report.withheld
    ]


def as_of_words(boundary: int) -> str:
    """When an online value holds, as people read it."""
    # The one boundary of a source without timestamp is the epoch; nobody wants to read about 1970.
    return "any time" if boundary == 0 else instant_words(boundary)
