"""Late rows: those that landed in a range of tiles after it had been built, and how late they were.

Every segment is closed: it ends at or before a boundary that was passed when it was built, so that a row in it that was
not there then is late. What is measured:

- `rows`: the rows that the new segments have more than the old ones over the same range, as tiles count them: without
  null keys, after `dedupe`. Rows that were taken out are set off against them.
- lateness: a row arrived at most when its file was first surveyed; it was due at the first boundary after it. How the
  rows spread over the range is known by day and file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from builders.plan import ReadSource
from builders.tile_table import TileTable
from definitions.durations import DAY, floor_to_hop
from featurestore.context import Context
from featurestore.registry.late_rows import NewLateRows
from featurestore.registry.segments import NewSegment, Segment
from featurestore.registry.source_files import SurveyedFile
from featurestore.survey import Survey

SOURCE_ROWS: Final = "source_rows"
DAYS: Final = "days"


def count_days(survey: Survey, start: int, end: int) -> dict[str, int]:
    """What a segment remembers of its inputs, to tell later which days got rows: rows by day (since 1970)."""
    return {str(day): rows for day, rows in sorted(survey.rows_by_day(start, end).items())}


def measure_late_rows(
    context: Context, table: TileTable, replaced: Sequence[Segment], added: Sequence[NewSegment], survey: Survey
) -> tuple[NewLateRows, ...]:
    """The late rows for which the segments `replaced` were built again as some of `added`; ranges without are left out.

    What is built for the first time, such as a new feature over the past, replaces nothing and has none.
    """
    if table.hop == 0:
        return ()
    found = []
    for old, new in _same_ranges(_without_overlaps(replaced), added):
        if not _landed(old, survey):
            continue
        rows = -sum(int(segment.statistics[SOURCE_ROWS]) for segment in old)
        if new:
            rows += sum(int(segment.statistics[SOURCE_ROWS]) for segment in new)
        else:
            rows += _count_rows(context, table, survey, old[0].start, old[-1].end)
        if rows > 0:
            lateness = _lateness(table, old, survey, rows)
            found.append(NewLateRows(start=old[0].start, end=old[-1].end, rows=rows, lateness=lateness))
    return tuple(found)


def _landed(old: Sequence[Segment], survey: Survey) -> bool:
    """Whether the source itself has new files there: a dimension's row that came late may give other rows their key,
    which are as late as they were."""
    inputs = {file for segment in old for file in segment.inputs}
    return any(file not in inputs for file in survey.files_in(old[0].start, old[-1].end))


def _count_rows(context: Context, table: TileTable, survey: Survey, start: int, end: int) -> int:
    """The rows that the source has in a range now, for tiles that were built over a longer one."""
    files = context.inspect(table.source, survey.listed)
    read = ReadSource(f"rows_{table.label}", table, files, start, end, ())
    return context.engine.count_source_rows(read)


def _without_overlaps(segments: Iterable[Segment]) -> list[Segment]:
    """Segments of other slots over the same time have the same rows; each instant counts once."""
    kept: list[Segment] = []
    for segment in sorted(segments, key=lambda item: (item.start, item.end)):
        if not kept or segment.start >= kept[-1].end:
            kept.append(segment)
    return kept


def _same_ranges(old: Sequence[Segment], new: Sequence[NewSegment]) -> list[tuple[list[Segment], list[NewSegment]]]:
    """Old and new segments that cover the same range, as few at a time as possible; no new ones where they go on
    beyond the old ones, as a full rebuild may at its end. Old ones that nothing is in the place of are left out."""
    pairs: list[tuple[list[Segment], list[NewSegment]]] = []
    by_start: dict[int, NewSegment] = {}
    for segment in sorted(new, key=lambda item: -item.end):
        by_start[segment.start] = segment
    waiting = list(old)
    while waiting:
        held = [waiting.pop(0)]
        first = by_start.get(held[0].start)
        built = [] if first is None else [first]
        while built and built[-1].end != held[-1].end:
            if built[-1].end < held[-1].end:
                following = by_start.get(built[-1].end)
                if following is None:
                    built = []
                else:
                    built.append(following)
            elif waiting and waiting[0].start == held[-1].end:
                held.append(waiting.pop(0))
            else:
                break
        if built:
            pairs.append((held, built if built[-1].end == held[-1].end else []))
    return pairs


def _more_by_day(old: Sequence[Segment], survey: Survey) -> dict[int, int]:
    """The days that have more rows than when the segment that holds all of the day was built, and how many more."""
    now = survey.rows_by_day(old[0].start, old[-1].end)
    more = {}
    for segment in old:
        before = segment.statistics.get(DAYS, {})
        for day, rows in now.items():
            if _holds(segment, day) and rows > before.get(str(day), 0):
                more[day] = rows - before.get(str(day), 0)
    return more


def _holds(segment: Segment, day: int) -> bool:
    """Whether the segment has the whole day; what is counted by day says little about a part of one."""
    return segment.start <= day * DAY and (day + 1) * DAY <= segment.end


def _lateness(table: TileTable, old: Sequence[Segment], survey: Survey, rows: int) -> tuple[tuple[int, int], ...]:
    """How long after their boundary the rows arrived at most, with weights: the days that got more rows, each with
    the first instant that a new or changed file has there."""
    start, end = old[0].start, old[-1].end
    inputs = {file for segment in old for file in segment.inputs}
    fresh = [survey.held[file.path] for file in survey.files_in(start, end) if file not in inputs]
    by_day = _arrivals_by_day(fresh, start, end)
    more = {day: count for day, count in _more_by_day(old, survey).items() if day in by_day}
    rest = rows - sum(more.values())
    if rest > 0:
        # They are in days that no segment had the whole of; without such days, anywhere in these files.
        parts = [day for day in by_day if not any(_holds(segment, day) for segment in old)]
        for day in parts or ([] if more else by_day):
            more[day] = rest
    found: dict[int, int] = {}
    for day, weight in more.items():
        first, arrived = by_day[day]
        late = max(arrived - _due(table, max(first, start)), 0)
        found[late] = found.get(late, 0) + weight
    return tuple(sorted(found.items()))


def _arrivals_by_day(files: Iterable[SurveyedFile], start: int, end: int) -> dict[int, tuple[int, int]]:
    """By day the first instant that the files have, and when the last of them was first surveyed."""
    found: dict[int, tuple[int, int]] = {}
    for file in files:
        for day, (_, first, last) in file.days.items():
            if first < end and last >= start:
                known = found.get(day, (first, file.recorded_at))
                found[day] = (min(known[0], first), max(known[1], file.recorded_at))
    return found


def _due(table: TileTable, instant: int) -> int:
    """The first boundary after a row: when it should have been there, but for the delay."""
    return instant if not table.hop else floor_to_hop(instant, table.hop) + table.hop
