"""Value forms: what a feature column's value is, apart from how somebody has spelt it.

Two columns of one timeline and window have the same value, for every entity at every moment, if they have the same
form. Filters are compared as sets of rows, a condition inside a value (`case when a then b end`) counts as a filter,
and what adds up ones and zeros is told by the rows that count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from definitions.canonical import canonicalise
from definitions.columns import feature_type
from definitions.expressions import parse_condition, parse_expression
from definitions.model import Feature
from definitions.terms import Term, negation
from definitions.truth_sets import TRUE, TooManyCellsError, TruthSets, outcomes
from definitions.types import BOOLEAN, DataType

Kind = Literal[
    "count", "ones", "share", "sum", "mean", "variance", "stddev", "min", "max", "first", "last", "last_n",
    "most_frequent", "quantile", "count_distinct", "counts_by_value",
]  # fmt: skip
"""An aggregation, or what one of ones and zeros is: `ones` is their sum, null over none, `share` their mean."""

_IN_DOUBLES: Final = ("mean", "variance", "stddev", "quantile")


@dataclass(frozen=True, slots=True)
class ValueForm:
    """What a value is.

    `where` are the rows that count, `of` what is aggregated of them (None where only their number matters). Of `ones`
    and a `share`, `among` are the rows that have a one or a zero. `parameters` are the feature's own (`n`, `quantile`,
    `ttl`, ...). `type` is the value's and says nothing of what it is.
    """

    kind: Kind
    of: Term | None
    where: Term
    among: Term | None = None
    parameters: tuple[Any, ...] = ()
    type: DataType = field(default=BOOLEAN, compare=False)

    @property
    def family(self) -> tuple[Kind, Term | None, tuple[Any, ...]]:
        """What forms have in common that differ in their rows at most."""
        return self.kind, self.of, self.parameters

    def is_same(self, other: ValueForm) -> bool:
        """Whether both have the same value always."""
        return self.family == other.family and same_rows((self.where, other.where), (self.among, other.among))


def form_of(feature: Feature, types: Mapping[str, DataType]) -> ValueForm:
    """The form of a feature's values over columns of these types. Its expressions have been validated before."""
    filtered = TRUE if feature.where is None else parse_condition(feature.where, types).term
    data_type = feature_type(feature, types)
    if feature.by is not None:
        by = parse_expression(feature.by, types).term
        return ValueForm("counts_by_value", by, both(filtered, there(by)), None, (feature.top,), data_type)
    if feature.of is None:
        return ValueForm("count", None, filtered, type=data_type)
    of = parse_expression(feature.of, types).term
    if feature.nulls == "keep":
        return ValueForm(feature.agg, of, filtered, None, ("nulls are kept", _ttl(feature)), data_type)
    of, filtered = _conditions_apart(of, filtered)
    of = _narrowed(of, feature.agg)
    if feature.agg == "count":
        return ValueForm("count", None, both(filtered, there(of)), type=data_type)
    if feature.agg in ("sum", "mean") and (one := _is_one(of)) is not None:
        kind: Kind = "ones" if feature.agg == "sum" else "share"
        return ValueForm(kind, None, both(filtered, one), both(filtered, there(of)), (), data_type)
    parameters = {"last": (_ttl(feature),), "last_n": (feature.n,), "most_frequent": (feature.n,)}
    own = (feature.quantile,) if feature.agg == "quantile" else parameters.get(feature.agg, ())
    return ValueForm(feature.agg, of, both(filtered, there(of)), None, own, data_type)


def both(*conditions: Term) -> Term:
    """That all conditions hold, in its one spelling."""
    return canonicalise(Term("and", BOOLEAN, conditions))


def there(value: Term) -> Term:
    """That a value is not null."""
    return canonicalise(negation(Term("is_null", BOOLEAN, (value,))))


def same_rows(*pairs: tuple[Term | None, Term | None]) -> bool:
    """Whether the two conditions of each pair pass the same rows; no where it cannot be told."""
    pairs = tuple((first, second) for first, second in pairs if first != second)
    if any(first is None or second is None for first, second in pairs):
        return False
    given = [(first, second) for first, second in pairs if first is not None and second is not None]
    try:
        sets = TruthSets(condition for pair in given for condition in pair)
        return all(sets.where(first) == sets.where(second) for first, second in given)
    except TooManyCellsError:
        return False


def _conditions_apart(of: Term, filtered: Term) -> tuple[Term, Term]:
    """`case when a then b end where c` is `b where c and a`, if nulls do not count."""
    while of.operator == "case" and len(of.arguments) == 2:
        condition, of = of.arguments
        filtered = both(filtered, condition)
    return of, filtered


def _narrowed(of: Term, agg: str) -> Term:
    """Without casts that change no value: of an int to a bigint, of a whole number where doubles are computed, and of a
    truth value to a number."""
    while of.operator == "cast":
        before = of.arguments[0]
        widened = before.type.is_integer and (of.type.is_integer or (of.type.is_floating and agg in _IN_DOUBLES))
        narrowing = before.type.name == "bigint" and of.type.name == "int"
        truth = before.type == BOOLEAN and of.type.is_numeric and agg in ("sum", "mean", "count")
        if not (truth or (widened and not narrowing)):
            break
        of = before
    return of


def _is_one(of: Term) -> Term | None:
    """That a value which is one, zero or null is one; None if it may be something else."""
    if of.type == BOOLEAN:
        return of
    if not all(leaf.is_literal and leaf.value in (None, 0, 1) for leaf in outcomes(of)):
        return None
    return Term("equal", BOOLEAN, (of, Term("literal", of.type, value=1)))


def _ttl(feature: Feature) -> int | None:
    return None if feature.ttl is None else feature.ttl.microseconds
