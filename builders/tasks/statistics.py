"""What rows are like: statistics of a source's days and of a frame's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlglot import exp

from builders.answers import Output
from builders.profiles import MeasureDays, Profiles
from builders.sql.ast import alias, cast, column, number, select
from builders.sql.source_rows import over_rows, rows_between
from builders.sql.statistics import GROUP, Measurement, Rows
from builders.sql.words import floor_to_hop
from builders.tasks.database import Database
from definitions.columns import own_types
from definitions.durations import DAY
from definitions.statistic import Profile, Statistic, Value
from definitions.types import BIGINT, DataType

_HELD: Final = "measured"


def measure_days(database: Database, asked: MeasureDays) -> Profiles:
    """The days that have rows, in a few statements, each of which reads the columns of the files that it needs."""
    source, dialect, types = asked.rows.source, database.dialect, own_types(asked.rows.source)
    rows = rows_between(dialect, source, asked.rows.files, types, asked.rows.within)
    day: exp.Expression = exp.Null()
    if source.timestamp is not None:
        day = exp.IntDiv(this=exp.Paren(this=floor_to_hop(rows.instant, DAY)), expression=number(DAY))

    def read(columns: Sequence[exp.Expression]) -> exp.Select:
        return over_rows(dialect, select(_group(day), *columns), rows, (), []).copy()

    return _profiles(database, _measurements(database, asked.statistics, types), read, asked.statistics)


def measure_frame(
    database: Database,
    frame: exp.Expression,
    outputs: Sequence[Output],
    instant: str | None,
    statistics: tuple[Statistic, ...],
    where: str | None,
) -> Profiles:
    """The rows of a relation that is a frame, by its column of instants if it has one; with a canonical condition
    those alone that it is true of. A frame that is read more than once is computed once."""
    types = {output.name: output.column.type for output in outputs}
    ways = _measurements(database, statistics, types)
    asked_at = exp.Null() if instant is None else database.dialect.instant(instant, "TIMESTAMP")
    conditions = [] if where is None else [database.dialect.expression(where, types)]
    if len(ways) > 1:
        database.hold(_HELD, _selected([_group(asked_at), *map(column, types)], frame, conditions))
        read = _reading(column(GROUP), exp.to_table(_HELD), [])
    else:
        read = _reading(asked_at, frame, conditions)
    return _profiles(database, ways, read, statistics)


def measure_rows(
    database: Database, relation: exp.Expression, types: Mapping[str, DataType], statistics: Sequence[Statistic]
) -> Profile:
    """All rows of a relation whose columns have these types."""
    ways = _measurements(database, statistics, types)
    profiles = _profiles(database, ways, _reading(exp.Null(), relation, []), statistics)
    # Without rows there is no group to say anything.
    return profiles.get(None, {item: item.of_no_rows for item in statistics})


def _measurements(
    database: Database, statistics: Iterable[Statistic], types: Mapping[str, DataType]
) -> Sequence[Measurement]:
    """The statements that statistics take, with one that every row adds to, which tells what groups there are."""
    return database.dialect.measurements(tuple(dict.fromkeys((Statistic("rows"), *statistics))), types)


def _group(value: exp.Expression) -> exp.Expression:
    return alias(cast(value.copy(), BIGINT), GROUP)


def _reading(group: exp.Expression, relation: exp.Expression, conditions: Sequence[exp.Expression]) -> Rows:
    return lambda columns: _selected([_group(group), *columns], relation, conditions)


def _selected(
    columns: Sequence[exp.Expression], relation: exp.Expression, conditions: Sequence[exp.Expression]
) -> exp.Select:
    query = select(*columns).from_(relation.copy(), copy=False)
    return query.where(*(each.copy() for each in conditions), copy=False) if conditions else query


def _profiles(database: Database, ways: Sequence[Measurement], rows: Rows, statistics: Sequence[Statistic]) -> Profiles:
    found: dict[int | None, dict[Statistic, Value]] = {}
    for way in ways:
        for group, figures in way.figures(database.totals(way.render(database.dialect, rows))).items():
            found.setdefault(None if group is None else int(group), {}).update(figures)
    return {
        group: {item: figures.get(item, item.of_no_rows) for item in statistics} for group, figures in found.items()
    }
