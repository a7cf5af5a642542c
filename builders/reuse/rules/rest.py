"""Counts and sums of what a whole has beyond a part, where both are known."""

from __future__ import annotations

from dataclasses import replace

from builders.reuse.combine import addable, combine
from builders.reuse.known_columns import KnownColumns
from builders.reuse.rule import Part
from builders.reuse.rules.means import counted
from builders.reuse.value_form import ValueForm, both
from definitions.terms import Term, negation


def count_of_the_rest(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The number of the rest is the number of all without that of the part. The rest of a filter is what is not true
    of it: rows for which it is unknown are in it."""
    if form.kind != "count":
        return None
    for whole in known.around(form):
        taken = known.find(replace(form, where=_beyond(whole.form.where, form.where)))
        if taken is not None:
            return combine("whole - part", whole=whole.term, part=taken.term)
    return None


def sum_of_the_rest(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The sum of the rest, of whole numbers and decimals; of doubles it would be a difference of rounded ones. Counts
    say whether anything is left."""
    if form.kind != "sum" or form.of is None or form.of.type.is_floating:
        return None
    for whole in known.around(form):
        beyond = _beyond(whole.form.where, form.where)
        taken = known.find(replace(form, where=beyond))
        if taken is None:
            continue
        needed = {
            "number": part(counted(whole.form.where)),
            "fewer": part(counted(beyond)),
            "whole": addable(whole.term, form.of.type),
            "part": addable(taken.term, form.of.type),
        }
        found = {name: term for name, term in needed.items() if term is not None}
        if len(found) == len(needed):
            return combine("case when number > fewer then whole - coalesce(part, 0) end", **found)
    return None


def _beyond(whole: Term, rest: Term) -> Term:
    """The rows of the whole that are not in the rest: those for which the rest's filter is not true."""
    return both(whole, negation(Term("coalesce", rest.type, (rest, Term("literal", rest.type, value=False)))))
