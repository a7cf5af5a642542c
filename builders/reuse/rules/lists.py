"""Lists, from longer ones."""

from __future__ import annotations

from dataclasses import replace

from builders.reuse.known_columns import KnownColumns
from builders.reuse.rule import Part
from builders.reuse.value_form import ValueForm
from definitions.model import MOST_ITEMS
from definitions.terms import Term
from definitions.types import INT


def shorter_list(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The latest three are the first three of the latest five; so are the most frequent ones."""
    if form.kind not in ("last_n", "most_frequent"):
        return None
    (items,) = form.parameters
    for more in range(items + 1, MOST_ITEMS + 1):
        longer = known.find(replace(form, parameters=(more,)))
        if longer is not None:
            bounds = (Term("literal", INT, value=bound) for bound in (1, items))
            return Term("slice", form.type, (longer.term, *bounds))
    return None
