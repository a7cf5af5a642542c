"""What a frame is told of its rows: the checks of sources that it reads itself, and what is known of stored tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from builders.coverage import Range
from builders.request import RequestedColumn
from builders.tile_table import TileTable
from definitions.errors import QualityError
from featurestore.checks.check_findings import CheckFindings
from featurestore.checks.gate import ask_gate
from featurestore.checks.relation_parts import expects_something, part_names
from featurestore.context import Context
from featurestore.registry.findings import Finding
from featurestore.survey import survey_source
from quality.words import day_words


def refuse_held_rows(context: Context, gaps: Mapping[TileTable, Sequence[Range]]) -> None:
    """Check the sources of ranges that no segment holds, as `materialize` would.

    Raises:
        QualityError: it would hold some of their rows back.
    """
    for table, ranges in gaps.items():
        if not ranges or not expects_something(table.source):
            continue
        until = max(end for _, end in ranges)
        gate = ask_gate(context, table, survey_source(context, table.source), ranges, until)
        if gate.held:
            listed = ", ".join(f"{rows.subject} on {day_words(rows.day)}" for rows in gate.because)
            raise QualityError(
                f"the frame reads rows of {table.source.name} that are held back: {listed}; see `featurestore check`, "
                "accept them there, ask for earlier rows, or read them all the same, with their findings beside: "
                "read_held=True, or --read-held"
            )


def findings_of(context: Context, columns: Iterable[RequestedColumn]) -> tuple[Finding, ...]:
    """The open findings of checks about the sources and views of these columns."""
    asked = list(columns)
    sources = {name for column in asked for name in part_names(column.source)}
    return CheckFindings(context).about(sources, {column.view.name for column in asked})
