"""Counts, sums and extremes over rows that fall into parts, each of which is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Final

from builders.reuse.combine import combine
from builders.reuse.known_columns import KnownColumn, KnownColumns
from builders.reuse.rule import Part
from builders.reuse.value_form import ValueForm
from definitions.terms import Term
from definitions.truth_sets import TooManyCellsError, TruthSets
from definitions.types import DataType

MOST_PARTS: Final = 6
_MOST_CANDIDATES: Final = 12

_MOST_DIGITS: Final = 25
_SUM: Final = "case when one is null then other when other is null then one else one + other end"


def count_over_parts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The number of rows is that of its parts, if no row is in two of them."""
    if form.kind != "count":
        return None
    return _joined("one + other", _disjoint_parts(form, known.inside(form)))


def sum_over_parts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A sum is that of its parts, if no row is in two of them; a part without values adds nothing."""
    if form.kind != "sum" or form.of is None:
        return None
    text = _SUM
    if form.of.type.is_decimal:
        # Two sums of 38 digits would need one more; values of up to 25 digits leave twelve for the number of rows.
        if (form.of.type.precision or 0) > _MOST_DIGITS:
            return None
        text = _SUM.replace("one + other", f"cast(one as {(fits := _shorter(form.type))}) + cast(other as {fits})")
    return _joined(text, _disjoint_parts(form, known.inside(form)))


def extreme_over_parts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The greatest value is the greatest of its parts', whether they overlap or not; so is the least."""
    if form.kind not in ("min", "max"):
        return None
    function = "greatest" if form.kind == "max" else "least"
    return _joined(f"{function}(one, other)", _parts(form, known.inside(form), disjoint=False))


def _shorter(data_type: DataType) -> DataType:
    return DataType("decimal", (data_type.precision or 0) - 1, data_type.scale)


def _joined(text: str, parts: Sequence[KnownColumn] | None) -> Term | None:
    if parts is None:
        return None
    return reduce(lambda one, other: combine(text, one=one, other=other), (part.term for part in parts))


def _disjoint_parts(form: ValueForm, candidates: Sequence[KnownColumn]) -> Sequence[KnownColumn] | None:
    return _parts(form, candidates, disjoint=True)


def _parts(form: ValueForm, candidates: Sequence[KnownColumn], disjoint: bool) -> Sequence[KnownColumn] | None:
    """The fewest columns that have the form's rows together; None if there are none, or it cannot be told."""
    chosen = candidates[:_MOST_CANDIDATES]
    try:
        sets = TruthSets((form.where, *(column.form.where for column in chosen)))
    except TooManyCellsError:
        return None
    whole = sets.where(form.where)
    held = [(column, rows) for column in chosen if (rows := sets.where(column.form.where))]
    found = min(_covers(whole, held, disjoint), key=len, default=None)
    return found if found is None or len(found) > 1 else None


def _covers(
    missing: int, held: Sequence[tuple[KnownColumn, int]], disjoint: bool, chosen: tuple[KnownColumn, ...] = ()
) -> Iterator[tuple[KnownColumn, ...]]:
    """Every choice of columns, at most `MOST_PARTS`, that has all cells that are missing."""
    if not missing:
        yield chosen
        return
    if len(chosen) == MOST_PARTS:
        return
    first = missing & -missing
    for column, rows in held:
        if rows & first and not (disjoint and rows & ~missing):
            yield from _covers(missing & ~rows, held, disjoint, (*chosen, column))
