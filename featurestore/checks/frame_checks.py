"""What a frame is told of its rows: the checks of sources that it reads itself, and what is known of stored tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from builders.coverage import Range
from builders.request import RequestedColumn
from builders.tile_table import TileTable
from definitions.errors import QualityError
from definitions.model import Source
from featurestore.checks.check_findings import EXPECTATION, record_source_findings
from featurestore.checks.check_relation import check_relation, subject_of
from featurestore.context import Context
from featurestore.registry.findings import OPEN, Finding
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
        survey = survey_source(context, table.source)
        until = max(end for _, end in ranges)
        checked = check_relation(context, table.source, survey, ranges, until, to_the_end=False)
        record_source_findings(context, checked)
        held = {subject_of(each.source, item): item.instant for each in checked for item in each.withheld}
        if held:
            listed = ", ".join(f"{subject} on {day_words(day)}" for subject, day in held.items())
            raise QualityError(
                f"the frame reads rows of {table.source.name} that are held back: {listed}; see `featurestore check`, "
                "accept them there, ask for earlier rows, or fetch with read_held=True, which keeps the findings beside"
            )


def findings_of(context: Context, columns: Iterable[RequestedColumn]) -> tuple[Finding, ...]:
    """The open findings of checks about the sources and views of these columns."""
    asked = list(columns)
    sources = {name for column in asked for name in names_of(column.source)}
    views = {column.view.name for column in asked}
    return tuple(
        finding
        for finding in filter(context.sees_finding, context.registry.findings.all())
        if finding.kind == EXPECTATION
        and finding.state == OPEN
        and (finding.numbers.get("source") in sources or finding.numbers.get("view") in views)
    )


def names_of(source: Source) -> set[str]:
    """The names of all declared sources that a relation is read from."""
    joined = (name for join in source.joins for name in names_of(join.dimension))
    return {source.name, *(member.name for member in source.members), *joined}


def expects_something(source: Source) -> bool:
    """Whether anything is expected of the rows of a relation, or of those beside them."""
    if source.expect or any(member.expect for member in source.members):
        return True
    return any(expects_something(join.dimension) for join in source.joins)
