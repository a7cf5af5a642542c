"""How large the values of sums are, and so which limbs hold them."""

from __future__ import annotations

from sqlglot import exp

from builders.limbs import LARGEST_SQUARED, limbs_for_range, limbs_for_squares
from builders.plan import ReadSource, tile_slot
from builders.slots import Slot
from builders.sql.ast import all_of, call, column, number, only_where, select
from builders.sql.render import render_statement
from builders.sql.tiles import expression_columns
from builders.tasks.database import Database, single_row
from definitions.errors import ValueRangeError


def limbs_of_slot(database: Database, read: ReadSource, slot: Slot) -> tuple[int, ...]:
    """The limbs that hold the slot's values in these rows.

    Raises:
        ValueRangeError: the square of a value is no double.
    """
    smallest, largest = _magnitudes(database, read, slot)
    if smallest is None or largest is None:
        return tile_slot(slot, {}).limbs
    if slot.monoid == "sum":
        return limbs_for_range(smallest, largest)
    if largest > LARGEST_SQUARED:
        raise ValueRangeError(
            f"the square of {largest!r} among the values of {slot.of!r} is no double; leave such rows out with "
            "`where:`, as no variance can be told from them"
        )
    return limbs_for_squares(smallest, largest)


def _magnitudes(database: Database, read: ReadSource, slot: Slot) -> tuple[float | None, float | None]:
    """The smallest and the largest magnitude among the slot's values; None where all are null or zero."""
    named = expression_columns(read.slots)
    assert slot.of is not None
    size = call("abs", column(named[slot.of]))
    conditions: list[exp.Expression] = [exp.NEQ(this=size.copy(), expression=number(0))]
    if slot.where is not None:
        conditions.append(column(named[slot.where]))
    where = all_of(conditions)
    bare = ReadSource(read.name, read.table, read.files, read.start, read.end, read.slots)
    query = select(only_where(exp.Min(this=size), where), only_where(exp.Max(this=size.copy()), where.copy()))
    rows = render_statement(database.dialect, bare).subquery("rows", copy=False)
    low, high = single_row(database, query.from_(rows, copy=False))
    return low, high
