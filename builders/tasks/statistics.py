"""What rows are like: statistics of a source's days and of a frame's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from builders.answers import Output
from builders.profiles import MeasureDays, Profiles
from builders.sql.ast import cast
from builders.sql.statistics import MeasuredValues, render_measure_days
from builders.tasks.database import Database
from definitions.columns import own_types
from definitions.statistic import Statistic
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
