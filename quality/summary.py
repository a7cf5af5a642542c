"""What one column is like in one group of rows: the rows of a day, or the values of a boundary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Summary:
    """`rows` there are, `nulls` of which have no value; `counts` of the others by the bins or categories of the
    column's reference; `mean` of numbers, each drawn to between the reference's outermost edges. A column without
    reference, such as a key, has no counts."""

    rows: int
    nulls: int
    counts: tuple[int, ...] = ()
    mean: float | None = None
