"""Where conditions are true: sets of cells, so that implication, disjointness and complement are algebra of sets.

The comparisons of some conditions cut what they compare into a few places: at a literal, between two, beyond the last,
null. A cell is one place of each. Every row lies in one cell, and a condition is true in a whole cell or nowhere in it,
so that conditions which are true in the same cells pass the same rows. The opposite need not hold, as what is compared
is taken to be independent (`a` and `a + 1`): two sets may differ in cells that no row can lie in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from definitions.expressions import can_fail
from definitions.terms import Term
from definitions.types import BOOLEAN

MOST_CELLS: Final = 4096

TRUE: Final = Term("literal", BOOLEAN, value=True)

_NULL: Final = -1
"""The place of a null; others are numbered from 0 along the values, odd ones at a literal, even ones between two."""

_LENIENT: Final = frozenset({"and", "or", "same", "is_null", "case", "coalesce", "greatest", "least"})
"""Operators that may have a value although an argument has none."""

_COMPARISONS: Final = frozenset({"equal", "same", "less", "less_equal", "in"})


class TooManyCellsError(Exception):
    """The conditions compare too much at once for their sets to be told."""


class TruthSets:
    """The sets of some conditions: numbers whose bits are cells, to be joined by `|`, `&` and `~`.

    Raises:
        TooManyCellsError: there would be more than `MOST_CELLS`.
    """

    def __init__(self, conditions: Iterable[Term]) -> None:
        cuts: dict[Term, set[Any]] = {}
        for condition in conditions:
            _collect(condition, cuts)
        self._places = {subject: _Places.of(subject, values) for subject, values in cuts.items()}
        sizes = [len(places.all) for places in self._places.values()]
        cells = 1
        for size in sizes:
            cells *= size
            if cells > MOST_CELLS:
                raise TooManyCellsError
        self._cells = [
            dict(zip(self._places, places, strict=True))
            for places in product(*(places.all for places in self._places.values()))
        ]
        self._known: dict[Term, int] = {}

    def where(self, condition: Term) -> int:
        """The cells in which the condition, one of those given or made of such, is true; null is not."""
        if condition not in self._known:
            self._known[condition] = sum(
                1 << number for number, cell in enumerate(self._cells) if self._evaluate(condition, cell) is True
            )
        return self._known[condition]

    def _evaluate(self, term: Term, cell: Mapping[Term, int]) -> Any:
        """The value of a condition in a cell: true, false or null; a place for a number, a literal's value."""
        match term.operator:
            case "literal":
                return term.value
            case "and" | "or":
                return _connect(term.operator, [self._evaluate(each, cell) for each in term.arguments])
            case "not":
                value = self._evaluate(term.arguments[0], cell)
                return None if value is None else not value
            case "is_null":
                return any(self._evaluate(each, cell) is None for each in _null_with(term.arguments[0]))
            case "coalesce":
                values = (self._evaluate(each, cell) for each in term.arguments)
                return next((value for value in values if value is not None), None)
            case "case":
                return self._choose(term, cell)
            case operator if operator in _COMPARISONS and _is_cut(term):
                return self._compare(term, cell)
            case _:
                return self._subject(term, cell)

    def _choose(self, term: Term, cell: Mapping[Term, int]) -> Any:
        pairs = len(term.arguments) // 2
        for condition, value in zip(term.arguments[0 : 2 * pairs : 2], term.arguments[1::2], strict=False):
            if self._evaluate(condition, cell) is True:
                return self._evaluate(value, cell)
        otherwise = term.arguments[2 * pairs :]
        return self._evaluate(otherwise[0], cell) if otherwise else None

    def _subject(self, term: Term, cell: Mapping[Term, int]) -> Any:
        place = cell[term]
        if place == _NULL:
            return None
        return bool(place) if term.type == BOOLEAN else _At(self._places[term].at, place)

    def _compare(self, term: Term, cell: Mapping[Term, int]) -> bool | None:
        first, *others = (self._evaluate(each, cell) for each in term.arguments)
        if term.operator == "same":
            (second,) = others
            return first is second if first is None or second is None else _order(first, second) == 0
        if first is None or None in others:
            return None
        if term.operator == "in":
            return any(_order(first, each) == 0 for each in others)
        order = _order(first, others[0])
        return {"equal": order == 0, "less": order < 0, "less_equal": order <= 0}[term.operator]


@dataclass(frozen=True)
class _Places:
    """The places of one subject: `at` gives that of a literal."""

    all: Sequence[int]
    at: Mapping[Any, int] = field(default_factory=dict)

    @classmethod
    def of(cls, subject: Term, values: set[Any]) -> _Places:
        if subject.type == BOOLEAN:
            return cls((_NULL, 0, 1))
        literals = sorted(values)
        at = {value: 2 * number + 1 for number, value in enumerate(literals)}
        places = [_NULL, *range(2 * len(literals) + 1)]
        if subject.type.is_integer:
            # No whole number lies between two neighbours.
            empty = {at[value] + 1 for value in literals if value + 1 in at}
            places = [place for place in places if place not in empty]
        return cls(places, at)


@dataclass(frozen=True)
class _At:
    """A value of which only its place is known."""

    literals: Mapping[Any, int]
    place: int


def _order(first: Any, second: Any) -> int:
    """-1, 0 or 1 as the first is less than, equal to or greater than the second; one of them may be at a place."""
    if isinstance(first, _At):
        first, second = first.place, first.literals[_number(second)]
    elif isinstance(second, _At):
        first, second = second.literals[_number(first)], second.place
    return 1 if first > second else -1 if first < second else 0


def _connect(operator: str, values: Sequence[bool | None]) -> bool | None:
    decisive = operator == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _collect(term: Term, cuts: dict[Term, set[Any]]) -> None:
    """Every subject of a condition with the literals that it is compared with."""
    match term.operator:
        case "literal":
            return
        case "and" | "or" | "not" | "coalesce" | "case":
            below: Iterable[Term] = term.arguments
        case "is_null":
            below = _null_with(term.arguments[0])
        case operator if operator in _COMPARISONS and _is_cut(term):
            literals = {_number(each.value) for each in _leaves(term) if each.is_literal and each.value is not None}
            for leaf in _leaves(term):
                if not leaf.is_literal:
                    cuts.setdefault(leaf, set()).update(literals)
            below = [each for argument in term.arguments for each in _conditions(argument)]
        case _:
            cuts.setdefault(term, set())
            return
    for each in below:
        _collect(each, cuts)


def _is_cut(term: Term) -> bool:
    """Whether a comparison tells places of one subject apart: what is compared may be a `case` or a `coalesce` of it
    and of literals, all of one family, so that they compare here as they do in an engine."""
    leaves = [each for each in _leaves(term) if not (each.is_literal and each.value is None)]
    subjects = {leaf for leaf in leaves if not leaf.is_literal}
    sides = [any(not leaf.is_literal for leaf in outcomes(argument)) for argument in term.arguments]
    return len(subjects) <= 1 and sum(sides) <= 1 and len({_family(leaf) for leaf in leaves}) <= 1


def _family(leaf: Term) -> str:
    return "integer" if leaf.type.is_integer else leaf.type.name


def _leaves(term: Term) -> Iterator[Term]:
    """The subjects and literals that the sides of a comparison may have as their values."""
    for argument in term.arguments:
        yield from outcomes(argument)


def outcomes(value: Term) -> Iterator[Term]:
    """What a value can come from: the results of a `case`, the parts of a `coalesce`, or the value itself."""
    match value.operator:
        case "coalesce":
            parts: Sequence[Term] = value.arguments
        case "case":
            otherwise = value.arguments[len(value.arguments) // 2 * 2 :]
            parts = (*value.arguments[1::2], *otherwise)
        case _:
            yield value
            return
    for part in parts:
        yield from outcomes(part)


def _null_with(value: Term) -> Iterator[Term]:
    """The values of which one is null where a value is: its arguments, if its operator is null with them alone."""
    if value.operator in _LENIENT or not value.arguments or can_fail(value):
        yield value
        return
    for argument in value.arguments:
        yield from _null_with(argument)


def _conditions(term: Term) -> Iterator[Term]:
    """The conditions of the `case`s that the side of a comparison is made of."""
    if term.operator == "case":
        yield from term.arguments[0 : len(term.arguments) // 2 * 2 : 2]
    if term.operator in ("case", "coalesce"):
        for argument in term.arguments:
            yield from _conditions(argument)


def _number(value: Any) -> Any:
    """A literal's value as it is compared: instants and texts as they are, -0.0 as 0.0."""
    return value + 0.0 if isinstance(value, float) else value
