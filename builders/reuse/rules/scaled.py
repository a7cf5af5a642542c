"""Values in another unit: multiplied, divided, moved or negated by constants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from builders.reuse.combine import combine
from builders.reuse.known_columns import KnownColumns
from builders.reuse.rule import Part
from builders.reuse.value_form import ValueForm
from definitions.columns import aggregate_type
from definitions.expressions import can_fail
from definitions.terms import Term, render

_OPPOSITE: Final = {"min": "max", "max": "min"}
_MOVES: Final = ("add", "subtract")


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation with a constant, done to the argument at `place`."""

    term: Term
    place: int

    @property
    def inner(self) -> Term:
        return self.term.arguments[self.place]

    def apply(self, value: Term) -> Term:
        """The same done to another value, whose type may differ."""
        arguments = list(self.term.arguments)
        arguments[self.place] = Term("column", value.type, value="value")
        return combine(render(replace(self.term, arguments=tuple(arguments))), value=value)

    @property
    def moves(self) -> bool:
        return self.term.operator in _MOVES

    @property
    def turns(self) -> bool:
        """Whether a greater value becomes a lesser one."""
        if self.term.operator in ("multiply", "divide"):
            return _constant(self.term.arguments[1]) < 0
        return self.term.operator == "negate" or (self.term.operator == "subtract" and self.place == 1)


def scaled_values(form: ValueForm, known: KnownColumns, part: Part) -> Term | None:
    """What is done to every value alike can be done to the aggregate: to extremes and single rows any monotone step, to
    means and sums a change of unit. Adding a constant to a mean is left out, as the two may cancel; so are bigints,
    which may leave their type, and decimals, which may lose digits."""
    if form.of is None:
        return None
    steps, core = _steps(form.of)
    if not steps or not (core.type.is_floating or core.type.name == "int"):
        return None
    turned = sum(step.turns for step in steps) % 2 == 1
    kind = form.kind
    match kind:
        case "min" | "max":
            kind = _OPPOSITE[kind] if turned else kind  # type: ignore[assignment]
        case "first" | "last" if not turned:
            pass
        case "sum" | "mean" | "stddev" if not any(step.moves for step in steps):
            pass
        case _:
            return None
    where = _there_as(form.where, form.of, core)
    data_type = aggregate_type(kind, core.type)
    inner = part(replace(form, kind=kind, of=core, where=where, type=data_type))
    if inner is None:
        return None
    for step in reversed(steps):
        inner = step.apply(inner)
    return combine("abs(value)", value=inner) if kind == "stddev" and turned else inner


def _steps(of: Term) -> tuple[tuple[_Step, ...], Term]:
    """The operations with constants around a value, outermost first, and the value."""
    steps: list[_Step] = []
    while (step := _step(of)) is not None:
        steps.append(step)
        of = step.inner
    return tuple(steps), of


def _step(term: Term) -> _Step | None:
    if term.type.is_integer and can_fail(term):
        # A whole number that leaves its type is null by itself, and in an aggregate of others it would not be.
        return None
    match term.operator:
        case "negate":
            return _Step(term, 0)
        case "cast" if term.type.is_floating and term.arguments[0].type.is_numeric:
            return _Step(term, 0)
        case "multiply" | "divide" if term.arguments[1].is_literal and _constant(term.arguments[1]) != 0:
            return _Step(term, 0)
        case "add" | "subtract" if term.arguments[1].is_literal:
            return _Step(term, 0)
        case "subtract" if term.arguments[0].is_literal:
            return _Step(term, 1)
        case _:
            return None


def _constant(literal: Term) -> float:
    return float(literal.value)  # type: ignore[arg-type]


def _there_as(where: Term, of: Term, core: Term) -> Term:
    """The rows that count, told by the value inside: it is there where what is made of it is."""
    if where.operator == "is_null" and where.arguments == (of,):
        return replace(where, arguments=(core,))
    return replace(where, arguments=tuple(_there_as(argument, of, core) for argument in where.arguments))
