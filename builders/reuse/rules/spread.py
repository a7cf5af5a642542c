"""Variances and standard deviations, from each other and from sums."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from builders.reuse.combine import combine
from builders.reuse.known_columns import KnownColumns
from builders.reuse.rule import Part
from builders.reuse.rules.means import counted
from builders.reuse.value_form import ValueForm
from definitions.canonical import canonicalise
from definitions.terms import Term
from definitions.types import BIGINT

_VARIANCE: Final = """
case when number > 1 then
    (cast(number as decimal(17,0)) * cast(squares as decimal(19,0))
        - cast(total as decimal(18,0)) * cast(total as decimal(18,0)))
    / (number * (number - 1))
end
"""


def stddev_from_variance(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A standard deviation is the square root of the variance."""
    if form.kind != "stddev":
        return None
    variance = known.find(replace(form, kind="variance"))
    return None if variance is None else combine("sqrt(variance)", variance=variance.term)


def variance_from_stddev(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """A variance is the square of the standard deviation."""
    if form.kind != "variance":
        return None
    stddev = known.find(replace(form, kind="stddev"))
    return None if stddev is None else combine("stddev * stddev", stddev=stddev.term)


def variance_from_moments(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """The variance of ints follows from their number, their sum and that of their squares, in whole numbers; of doubles
    it would be a difference of rounded ones, and squares of bigints may leave their type."""
    if form.kind != "variance" or form.of is None or form.of.type.name != "int":
        return None
    square = canonicalise(Term("multiply", BIGINT, (form.of, form.of)))
    needed = {
        "number": counted(form.where),
        "total": ValueForm("sum", form.of, form.where, type=BIGINT),
        "squares": ValueForm("sum", square, form.where, type=BIGINT),
    }
    parts = {name: part(each) for name, each in needed.items()}
    found = {name: term for name, term in parts.items() if term is not None}
    if len(found) < len(needed):
        return None
    return combine(_VARIANCE, **found)
