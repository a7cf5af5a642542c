"""Means and shares, from sums and counts."""

from __future__ import annotations

from builders.reuse.combine import combine
from builders.reuse.known_columns import KnownColumns
from builders.reuse.rule import Part
from builders.reuse.value_form import ValueForm, both
from definitions.columns import aggregate_type
from definitions.terms import Term, negation
from definitions.types import BIGINT


def mean_from_sum_and_count(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A mean is the sum by the number of values; of none both the mean and the quotient are null."""
    if form.kind != "mean" or form.of is None:
        return None
    total = part(ValueForm("sum", form.of, form.where, type=aggregate_type("sum", form.of.type)))
    number = part(counted(form.where)) if total is not None else None
    return None if total is None or number is None else combine("total / number", total=total, number=number)


def share_from_counts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A share is the number of rows that count by the number of those that could."""
    if form.kind != "share" or form.among is None:
        return None
    ones, number = part(counted(form.where)), part(counted(form.among))
    return None if ones is None or number is None else combine("ones / number", ones=ones, number=number)


def share_of_the_others(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The share of the others among the same rows is what is missing from 1."""
    if form.kind != "share" or form.among is None:
        return None
    others = known.find(ValueForm("share", None, both(form.among, negation(form.where)), form.among))
    return None if others is None else combine("1 - share", share=others.term)


def ones_from_counts(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A sum of ones and zeros is the number of ones, and null where there is neither."""
    if form.kind != "ones" or form.among is None:
        return None
    ones, number = part(counted(form.where)), part(counted(form.among))
    if ones is None or number is None:
        return None
    return combine("case when number > 0 then ones end", ones=ones, number=number)


def counted(where: Term) -> ValueForm:
    """The form of a number of rows."""
    return ValueForm("count", None, where, type=BIGINT)
