"""What publishing did, for the commands that publish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from featurestore.cli.words import instant_words, plain_table
from featurestore.clock import format_instant

if TYPE_CHECKING:
    from rich.table import Table

    from featurestore.publish import PublishReport


def published_table(reports: Sequence[PublishReport]) -> Table:
    """One row a view that was published: how many entities were written, as of when, and why these."""
    shown = plain_table("online", "entities", "as of", "which")
    for report in reports:
        if report.boundary is not None:
            shown.add_row(report.view, f"{report.rows:,}", _as_of(report.boundary), report.reason)
    return shown


def published_document(report: PublishReport) -> dict[str, Any]:
    """The same for programs; `boundary` is null where nothing was due."""
    return {
        "view": report.view,
        "generation": report.generation,
        "boundary": None if report.boundary is None else format_instant(report.boundary),
        "entities": report.rows,
        "reason": report.reason,
    }


def _as_of(boundary: int) -> str:
    # The one boundary of a source without timestamp is the epoch; nobody wants to read about 1970.
    return "any time" if boundary == 0 else instant_words(boundary)
