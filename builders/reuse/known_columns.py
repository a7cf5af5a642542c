"""Known columns: what the store already has on one timeline and window, for a form to be looked up in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from builders.reuse.value_form import ValueForm
from definitions.terms import Term
from definitions.truth_sets import TooManyCellsError, TruthSets


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column of a view that is there, and what its values are."""

    view: str
    name: str
    form: ValueForm

    @property
    def term(self) -> Term:
        """Its value in an expression, where it is called `view.column`."""
        return Term("column", self.form.type, value=f"{self.view}.{self.name}")


class KnownColumns:
    """Columns of one timeline and window, in the order in which they are preferred."""

    def __init__(self, columns: Iterable[KnownColumn]) -> None:
        self._families: dict[object, list[KnownColumn]] = defaultdict(list)
        for column in columns:
            self._families[column.form.family].append(column)

    def like(self, form: ValueForm) -> list[KnownColumn]:
        """The columns that differ from the form in their rows at most."""
        return self._families.get(form.family, [])

    def find(self, form: ValueForm) -> KnownColumn | None:
        """The first column that has the form's value always."""
        return next((column for column in self.like(form) if column.form.is_same(form)), None)

    def inside(self, form: ValueForm) -> list[KnownColumn]:
        """Columns like it whose rows are among its own."""
        return [column for column in self.like(form) if _is_inside(column.form, form)]

    def around(self, form: ValueForm) -> list[KnownColumn]:
        """Columns like it that have all its rows, and maybe more."""
        return [column for column in self.like(form) if _is_inside(form, column.form)]


def _is_inside(inner: ValueForm, outer: ValueForm) -> bool:
    """Whether all rows of the one are rows of the other; no where it cannot be told."""
    try:
        sets = TruthSets((inner.where, outer.where))
    except TooManyCellsError:
        return False
    return not sets.where(inner.where) & ~sets.where(outer.where)
