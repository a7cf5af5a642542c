"""What rows are like: statistics of a source's days and of a frame's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from sqlglot import exp

from builders.answers import Output
from builders.profiles import MeasureDays, Profiles
from builders.sql.ast import cast
from builders.sql.flag_counts import render_flag_counts
from builders.sql.statistics import MeasuredValues, render_measure_days
from builders.tasks.database import Database
from definitions.columns import own_types
from definitions.statistic import Profile, Statistic, Value
from definitions.types import BIGINT, DataType


def measure_days(database: Database, asked: MeasureDays) -> Profiles:
    """The days that have rows, in one statement however much is asked."""
    measured = MeasuredValues(asked.statistics, own_types(asked.rows.source))
    rows = database.rows(render_measure_days(database.dialect, asked))
    return {None if day is None else int(day): measured.values_of(figures) for day, *figures in rows}


def measure_frame(
    database: Database,
    frame: exp.Expression,
    outputs: Sequence[Output],
    instant: str | None,
    statistics: tuple[Statistic, ...],
    where: str | None,
) -> Profiles:
    """The rows of a relation that is a frame, by its column of instants if it has one; with a canonical condition
    those alone that it is true of."""
    types: Mapping[str, DataType] = {output.name: output.column.type for output in outputs}
    measured, dialect = MeasuredValues(statistics, types), database.dialect
    asked_at = exp.Null() if instant is None else dialect.instant(instant, "TIMESTAMP")
    rows = measured.reading(dialect, cast(asked_at, BIGINT)).from_(frame, copy=False)
    if where is not None:
        rows = rows.where(dialect.expression(where, types), copy=False)
    found = database.rows(measured.over(dialect, rows))
    return {None if at is None else int(at): measured.values_of(figures) for at, *figures in found}


def measure_rows(
    database: Database, relation: exp.Expression, types: Mapping[str, DataType], statistics: Sequence[Statistic]
) -> Profile:
    """All rows of a relation whose columns have these types, in a few statements."""
    at_once = database.dialect.statistics_at_once
    counted = _counts(database, relation, types, statistics) if at_once is None else {}
    # Without rows there is no group to say anything.
    found = {item: counted.get(item, item.of_no_rows) for item in statistics}
    for part in _parts([item for item in found if item not in counted], at_once):
        measured = MeasuredValues(part, types)
        rows = measured.reading(database.dialect, cast(exp.Null(), BIGINT)).from_(relation.copy(), copy=False)
        for _, *figures in database.rows(measured.over(database.dialect, rows)):
            found |= measured.values_of(figures)
    return found


def _counts(
    database: Database, relation: exp.Expression, types: Mapping[str, DataType], statistics: Sequence[Statistic]
) -> dict[Statistic, Value]:
    """Those of the statistics that count rows of which something is true, however many."""
    measured = MeasuredValues(tuple(dict.fromkeys(statistics)), types)
    conditions = {
        item: condition
        for item in measured.statistics
        for condition in (measured.condition(database.dialect, item),)
        if condition is not None
    }
    if not conditions:
        return {}
    counted = dict(database.rows(render_flag_counts(list(conditions.values()), relation.copy())))
    return {item: int(counted.get(place, 0)) for place, item in enumerate(conditions)}


def _parts(statistics: Sequence[Statistic], at_once: int | None) -> Iterator[tuple[Statistic, ...]]:
    """What is asked of the rows in one statement: so many at once, and those of distinct values by themselves, as an
    engine may have to multiply the rows for them, with all the columns that the statement reads."""
    for repeated in (False, True):
        alike = iter(dict.fromkeys(item for item in statistics if (item.kind == "repeated") is repeated))
        while part := tuple(islice(alike, at_once)):
            yield part
