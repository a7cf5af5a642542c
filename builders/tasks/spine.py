"""What the planner has to know of an entity dataframe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from builders.engine import Spine
from builders.grid import Grid
from builders.request import Roles, SpineShape
from builders.sql.ast import alias, call, case, cast, column, not_null, number, select, union_all
from builders.sql.pairs import ENTITY_DATAFRAME, ROW, boundary_of
from builders.tasks.database import Database, single_row
from definitions.errors import RequestError
from definitions.types import DataType


def measure_spine(
    database: Database,
    spine: Spine,
    now: int,
    roles: Mapping[str, Roles],
    on_grids: Mapping[tuple[str, Grid], Roles],
) -> SpineShape:
    """Rows, first and last instant, about how many entities and pairs of the entity dataframe that is bound; without a
    timestamp column all rows ask for `now`. Pairs that two roles have in common count twice.

    Raises:
        RequestError: a row has no timestamp.
    """
    dialect = database.dialect
    instant = number(now) if spine.timestamp is None else dialect.instant(spine.timestamp, spine.types[spine.timestamp])
    entities = [call("approx_count_distinct", one_value(role)) for held in roles.values() for role in held]
    pairs = [
        call("approx_count_distinct", one_value(role, boundary_of(grid, instant.copy())))
        for (_, grid), held in on_grids.items()
        for role in held
    ]
    query = select(
        exp.Count(this=exp.Star()),
        exp.Min(this=instant),
        exp.Max(this=instant.copy()),
        exp.Min(this=case(exp.Is(this=instant.copy(), expression=exp.Null()), column(ROW))),
        *entities,
        *pairs,
    ).from_(ENTITY_DATAFRAME, copy=False)
    rows, first, last, without, *found = single_row(database, query)
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


def check_columns(
    types: Mapping[str, str],
    timestamp: str | None,
    keys: Mapping[str, DataType],
    accepts: Callable[[DataType, str], bool],
) -> None:
    """Hold an entity dataframe's columns, with their `types` in the engine's words, against what is asked of them;
    `accepts` says whether a column of a type may stand for one of ours.

    Raises:
        RequestError: the timestamp or a key column is not there or of another type.
    """
    for name in (*keys, *([] if timestamp is None else [timestamp])):
        if name not in types:
            raise RequestError(f"the entity dataframe has no column {name!r}; it has {', '.join(types)}")
    for name, kind in keys.items():
        if not accepts(kind, types[name]):
            raise RequestError(
                f"column {name!r} of the entity dataframe is {types[name]}, the entity's key is {kind}; convert it"
            )
    if timestamp is not None and not types[timestamp].startswith(("TIMESTAMP", "DATE")):
        raise RequestError(
            f"column {timestamp!r} of the entity dataframe is {types[timestamp]}, expected timestamps; "
            "convert it, for example with pandas.to_datetime"
        )


def one_value(names: Sequence[str], *others: exp.Expression) -> exp.Expression:
    """Several columns as a single value, to count its distinct ones."""
    parts = [*map(column, names), *others]
    return parts[0] if len(parts) == 1 else exp.Tuple(expressions=parts)


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
