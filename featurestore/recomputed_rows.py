"""Online rows computed again: the packed values that entities have at boundaries, from segments of any version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from builders.answers import FramePlan
from builders.exact import run_exactly
from builders.planner import SpineColumns, plan_frame
from builders.request import RequestedColumn, roles_of, roles_on_grids
from definitions.types import DataType
from featurestore.context import Context
from featurestore.packed_rows import pack_rows
from featurestore.ready_boundary import Tables
from featurestore.view_tests import arrow_type

if TYPE_CHECKING:
    import pyarrow as pa

EntityAt = tuple[bytes, int]
"""An entity, by the key of its online row, and a boundary (UTC microseconds)."""

_INSTANT: Final = "__instant"
"""A column beside the keys; names that begin so are ours."""


def recompute_rows(
    context: Context, columns: tuple[RequestedColumn, ...], generation: int, tables: Tables, asked: Sequence[EntityAt]
) -> dict[EntityAt, bytes]:
    """The packed values of `columns`, which are raw and by position, from the segments of `tables`.

    All windows must be stored there in full: no source is read.
    """
    if not asked:
        return {}
    first = columns[0]
    keys = dict(zip(first.table.keys, first.table.key_types, strict=True))
    entities = _entities(keys, [key for key, _ in asked])
    instants = [first.grid.instant_of(boundary) for _, boundary in asked]
    spine = context.engine.open_spine(_with_instants(entities, instants), _INSTANT, keys)
    shape = context.engine.measure_spine(spine, 0, roles_of(columns), roles_on_grids(columns))

    def plan(limbs: Mapping[str, tuple[int, ...]]) -> FramePlan:
        inputs = context.inputs(tables, limbs)
        return plan_frame(columns, SpineColumns((), _INSTANT, spine.types[_INSTANT]), shape, inputs)

    frame = run_exactly(plan, lambda planned: context.engine.compute_frame(planned, spine), lambda planned: {}, {})
    packed = (row.value for batch in pack_rows(entities, frame, columns, generation, 0, 0) for row in batch)
    return dict(zip(asked, packed, strict=True))


def _entities(types: Mapping[str, DataType], keys: Sequence[bytes]) -> pa.Table:
    """The parts of online keys as the engine takes them, a column each."""
    import pyarrow as pa

    parts = zip(*(msgspec.msgpack.decode(key) for key in keys), strict=True)
    return pa.table(
        {
            name: pa.array(map(_FROM_KEY.get(kind.name, _as_it_is), held), arrow_type(kind))
            for (name, kind), held in zip(types.items(), parts, strict=True)
        }
    )


def _with_instants(entities: pa.Table, instants: Sequence[int]) -> pa.Table:
    import pyarrow as pa

    return entities.append_column(_INSTANT, pa.array(instants, pa.timestamp("us", tz="UTC")))


def _as_it_is(part: Any) -> Any:
    return part


_FROM_KEY: Final[Mapping[str, Callable[[Any], Any]]] = {
    "decimal": Decimal,
    "date": lambda days: date(1970, 1, 1) + timedelta(days=days),
}
"""From parts of keys to what Arrow takes; instants it takes as they are."""
