"""Counts, sums and extremes over rows that fall into parts, each of which is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Final

from builders.reuse.combine import addable, combine
from builders.reuse.known_columns import KnownColumn, KnownColumns
from builders.reuse.rule import Part
from builders.reuse.value_form import ValueForm
from definitions.terms import Term
from definitions.truth_sets import TooManyCellsError, TruthSets

MOST_PARTS: Final = 6
_MOST_CANDIDATES: Final = 12

_SUM: Final = "case when one is null then other when other is null then one else one + other end"


def count_over_parts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The number of rows is that of its parts, if no row is in two of them."""
    if form.kind != "count":
        return None
    return _joined("one + other", _terms(_parts(form, known.inside(form), disjoint=True)))


def sum_over_parts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A sum is that of its parts, if no row is in two of them; a part without values adds nothing."""
    if form.kind != "sum" or form.of is None:
        return None
    parts = _parts(form, known.inside(form), disjoint=True)
    totals = [addable(part.term, form.of.type) for part in parts or ()]
    return _joined(_SUM, [total for total in totals if total is not None]) if None not in totals else None


def extreme_over_parts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The greatest value is the greatest of its parts', whether they overlap or not; so is the least."""
    if form.kind not in ("min", "max"):
        return None
    function = "greatest" if form.kind == "max" else "least"
    return _joined(f"{function}(one, other)", _terms(_parts(form, known.inside(form), disjoint=False)))


def _joined(text: str, parts: Sequence[Term]) -> Term | None:
    return reduce(lambda one, other: combine(text, one=one, other=other), parts) if parts else None


def _terms(columns: Sequence[KnownColumn] | None) -> list[Term]:
    return [column.term for column in columns or ()]


def _parts(form: ValueForm, candidates: Sequence[KnownColumn], disjoint: bool) -> Sequence[KnownColumn] | None:
    """The fewest columns that have the form's rows together; None if there are none, or it cannot be told."""
    if len(candidates) < 2:
        return None
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
