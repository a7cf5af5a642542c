"""The entity dataframe as DuckDB sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from builders.duckdb import dialect
from builders.duckdb.source_files import accepts
from builders.engine import Spine
from builders.grid import Grid
from builders.request import Roles, SpineShape
from builders.sql.ast import alias, call, cast, column, minus, not_null, number, select, text, union_all
from builders.sql.pairs import ENTITY_DATAFRAME, ROW, boundary_of
from definitions.errors import RequestError
from definitions.types import DataType

if TYPE_CHECKING:
    import pyarrow as pa

_GIVEN = "given"
_NO_TYPE = ("NULL", '"NULL"')
"""What a column without any value is."""


def open_spine(
    connection: duckdb.DuckDBPyConnection,
    data: pa.Table | tuple[Path, ...],
    timestamp: str | None,
    keys: Mapping[str, DataType],
) -> Spine:
    """Look at the columns of an entity dataframe.

    Raises:
        RequestError: the timestamp or a key column is not there or of another type.
    """
    _offer(connection, data)
    described = connection.execute(f"DESCRIBE {ENTITY_DATAFRAME}").fetchall()
    types = {str(row[0]): str(row[1]) for row in described if row[0] != ROW}
    for name in (*keys, *([] if timestamp is None else [timestamp])):
        if name not in types:
            raise RequestError(f"the entity dataframe has no column {name!r}; it has {', '.join(types)}")
    for name, kind in keys.items():
        if not accepts(kind, types[name]) and types[name] not in _NO_TYPE:
            raise RequestError(
                f"column {name!r} of the entity dataframe is {types[name]}, the entity's key is {kind}; convert it"
            )
    if timestamp is not None and not types[timestamp].startswith(("TIMESTAMP", "DATE")):
        raise RequestError(
            f"column {timestamp!r} of the entity dataframe is {types[timestamp]}, expected timestamps; "
            "convert it, for example with pandas.to_datetime"
        )
    return Spine(data, timestamp, tuple(types), types)


def _offer(connection: duckdb.DuckDBPyConnection, data: pa.Table | tuple[Path, ...]) -> None:
    """Make the entity dataframe available under its name, with its row number."""
    number_rows = exp.Window(this=exp.RowNumber())
    numbered = select(alias(minus(number_rows, number(1)), ROW), "*")
    if isinstance(data, tuple):
        files = exp.Array(expressions=[text(str(file)) for file in data])
        given = numbered.from_(exp.Anonymous(this="read_parquet", expressions=[files]), copy=False)
    else:
        connection.register(_GIVEN, data)
        given = numbered.from_(_GIVEN, copy=False)
    view = exp.Create(
        this=exp.to_table(ENTITY_DATAFRAME),
        kind="VIEW",
        replace=True,
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=given,
    )
    connection.execute(view.sql(dialect="duckdb", copy=False))


def role_keys(keys: Sequence[str], types: Sequence[DataType], roles: Roles) -> exp.Query:
    """The keys of an entity that an entity dataframe asks for, in any role, as often as it does; none with a null."""
    return union_all(
        [
            select(*(alias(cast(column(held), kind), key) for key, kind, held in zip(keys, types, role, strict=True)))
            .from_(ENTITY_DATAFRAME, copy=False)
            .where(*(not_null(column(held)) for held in role), copy=False)
            for role in roles
        ]
    )


def measure_spine(
    connection: duckdb.DuckDBPyConnection,
    spine: Spine,
    now: int,
    roles: Mapping[str, Roles],
    on_grids: Mapping[tuple[str, Grid], Roles],
) -> SpineShape:
    """Rows, first and last instant, about how many entities and pairs; without a timestamp column all rows ask for
    `now`. Pairs that two roles have in common count twice.

    Raises:
        RequestError: a row has no timestamp.
    """
    _offer(connection, spine.data)
    instant = number(now) if spine.timestamp is None else dialect.instant(spine.timestamp, spine.types[spine.timestamp])
    entities = [call("approx_count_distinct", _one_value(role)) for held in roles.values() for role in held]
    pairs = [
        call("approx_count_distinct", _one_value(role, boundary_of(dialect, grid, instant.copy())))
        for (_, grid), held in on_grids.items()
        for role in held
    ]
    query = select(
        exp.Count(this=exp.Star()),
        exp.Min(this=instant),
        exp.Max(this=instant.copy()),
        exp.Min(this=exp.If(this=exp.Is(this=instant.copy(), expression=exp.Null()), true=column(ROW))),
        *entities,
        *pairs,
    ).from_(ENTITY_DATAFRAME, copy=False)
    rows, first, last, without, *found = connection.execute(query.sql(dialect="duckdb", copy=False)).fetchall()[0]
    if without is not None:
        raise RequestError(f"row {without} of the entity dataframe has no {spine.timestamp!r}; drop it or fill it in")
    each = iter(found)
    return SpineShape(
        int(rows),
        now if first is None else int(first),
        now if last is None else int(last),
        {name: sum(int(next(each)) for _ in held) for name, held in roles.items()},
        {key: sum(int(next(each)) for _ in held) for key, held in on_grids.items()},
    )


def _one_value(role: Sequence[str], *others: exp.Expression) -> exp.Expression:
    parts = [*map(column, role), *others]
    return parts[0] if len(parts) == 1 else exp.Tuple(expressions=parts)


def bind_spine(connection: duckdb.DuckDBPyConnection, spine: Spine) -> None:
    """Make an opened entity dataframe available to the frame's SQL."""
    _offer(connection, spine.data)
