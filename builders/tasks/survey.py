"""What each file of a source holds, day by day: by its footer where that tells it, else only the timestamp column is
read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from builders.engine import FileDays
from builders.footers import days_by_footer
from builders.request import SourceFiles
from builders.sql.ast import alias, column, number, select
from builders.sql.words import floor_to_hop
from builders.tasks.database import Database
from definitions.durations import DAY
from definitions.model import Source


def survey_by_day(
    source: Source, inspected: SourceFiles, scan: Callable[[SourceFiles], Sequence[FileDays]]
) -> list[FileDays]:
    """Rows, and first and last instant, by file and UTC day; those files that do not tell it are left to `scan`."""
    told = {name: days_by_footer(source, name) for name in inspected.files}
    silent = tuple(name for name, days in told.items() if days is None)
    read = {found.path: found for found in scan(replace(inspected, files=silent))} if silent else {}
    return [days or read[name] for name, days in told.items()]


def survey_files(
    database: Database,
    source: Source,
    inspected: SourceFiles,
    rows: exp.Expression,
    file: str,
    path: Callable[[str], str],
) -> list[FileDays]:
    """Rows, and first and last instant, by file and UTC day. The relation `rows` has the source's timestamp, and in its
    column `file` each row's file, whose `path` is one of those that were inspected."""
    timestamp = source.timestamp
    instant = database.dialect.instant(timestamp, inspected.timestamp_type) if timestamp else exp.Null()
    known = select(alias(column(file), "file"), alias(instant, "instant")).from_(rows, copy=False)
    floor = exp.Paren(this=floor_to_hop(column("instant"), DAY))
    day: exp.Expression = exp.IntDiv(this=floor, expression=number(DAY)) if timestamp else exp.Null()
    query = (
        select(
            column("file"),
            alias(day, "day"),
            alias(exp.Count(this=exp.Star()), "rows"),
            alias(exp.Min(this=column("instant")), "first"),
            alias(exp.Max(this=column("instant")), "last"),
        )
        .from_(known.subquery("known", copy=False), copy=False)
        .group_by(number(1), number(2), copy=False)
    )
    found: dict[str, dict[int | None, tuple[int, int, int]]] = {name: {} for name in inspected.files}
    for name, held_day, count, first, last in database.rows(query):
        found[path(name)][held_day] = (count, first, last)
    return [_file_days(name, days, timestamp is not None) for name, days in found.items()]


def _file_days(file: str, days: Mapping[int | None, tuple[int, int, int]], timed: bool) -> FileDays:
    rows = sum(held[0] for held in days.values())
    without = days.get(None, (0, 0, 0))[0] if timed else 0
    return FileDays(file, rows, without, {day: held for day, held in days.items() if day is not None})
