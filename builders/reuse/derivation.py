"""Derivations: a column's value as an expression over the values of columns that are there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from builders.reuse.known_columns import KnownColumns
from builders.reuse.rule import Rule
from builders.reuse.rules import RULES
from builders.reuse.value_form import ValueForm
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_expression
from definitions.terms import Term, render
from definitions.types import DOUBLE, INT

_WHOLE: Final = 1_000_000

_MOST_STEPS = 3
"""How many rules may stand inside each other: a mean over two categories takes sums and counts over both."""


@dataclass(frozen=True)
class Derivation:
    """How a value is made of others; of one that is simply there, `rules` is empty.

    `term` is over columns called `view.column`, `rules` are the names of those that were applied, outermost first.
    """

    term: Term
    rules: tuple[str, ...]

    @property
    def exists(self) -> bool:
        """Whether a column has the value as it is."""
        return not self.rules

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is made of, as `view:column`, each once."""
        names = (str(node.value) for node in self.term.walk() if node.operator == "column")
        return tuple(dict.fromkeys(name.replace(".", ":") for name in names))

    @property
    def expression(self) -> str:
        """Spark SQL over columns called `view.column`, without casts that say nothing."""
        columns = {str(node.value): node.type for node in self.term.walk() if node.operator == "column"}
        plain = render(_plain(self.term))
        if any(node.operator == "slice" for node in self.term.walk()):
            return plain
        return plain if parse_expression(plain, columns).term == self.term else render(self.term)


def _plain(term: Term) -> Term:
    """As people would write it: without casts to double, which operators bring about, and with whole numbers."""
    if term.operator == "cast" and term.type == DOUBLE:
        return _plain(term.arguments[0])
    if term.is_literal and isinstance(term.value, float) and term.value.is_integer() and abs(term.value) < _WHOLE:
        return Term("literal", INT, value=int(term.value))
    return replace(term, arguments=tuple(map(_plain, term.arguments)))


def derive(form: ValueForm, known: KnownColumns, steps: int = _MOST_STEPS) -> Derivation | None:
    """How the value of a form is had from known columns; None if no rule is sure of it.

    What is found has the form's value for every entity at every moment, to within 1e-9 of what is added up, for values
    up to 1e300 in magnitude.
    """
    found = known.find(form)
    if found is not None:
        return Derivation(found.term, ())
    if steps == 0:
        return None
    for rule in RULES:
        if (derivation := _apply(rule, form, known, steps)) is not None:
            return derivation
    return None


def _apply(rule: Rule, form: ValueForm, known: KnownColumns, steps: int) -> Derivation | None:
    applied: list[str] = []

    def part(needed: ValueForm) -> Term | None:
        inner = derive(needed, known, steps - 1)
        if inner is None:
            return None
        applied.extend(inner.rules)
        return inner.term

    try:
        term = rule(form, known, part)
    except ExpressionError:
        # What the rule would write has no type: more digits than there are, or values that have no order.
        return None
    return None if term is None else Derivation(term, (rule.__name__, *applied))
