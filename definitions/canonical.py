"""One spelling for one computation: rewrites that hold for every value, null included.

Only what is exact is rewritten. Floating sums are commutative but not associative, so operands of one `+` or `*`
change places and never move to another. `not (a < b)` is `b <= a` because NaN is null here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from definitions.coercion import decimal_literal
from definitions.expression_error import ExpressionError
from definitions.terms import Term, negation, render
from definitions.types import BIGINT, BOOLEAN, DOUBLE, INT, STRING

_TRUE = Term("literal", BOOLEAN, value=True)
_FALSE = Term("literal", BOOLEAN, value=False)


def canonicalise(term: Term) -> Term:
    """The canonical tree of `term`; canonicalising it again changes nothing.

    Raises:
        ExpressionError: a part of it can only be null.
    """
    rebuilt = Term(term.operator, term.type, tuple(map(canonicalise, term.arguments)), term.value)
    rewrite = _REWRITES.get(term.operator)
    return rewrite(rebuilt) if rewrite else rebuilt


def _with(term: Term, arguments: tuple[Term, ...]) -> Term:
    return Term(term.operator, term.type, arguments, term.value)


def _sort_key(term: Term) -> tuple[bool, str]:
    return term.is_literal, render(term)


def _in_order(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Operands of a commutative operator, literals last as people write them."""
    return tuple(sorted(terms, key=_sort_key))


def _distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(terms))


def _flattened(term: Term) -> Iterable[Term]:
    for argument in term.arguments:
        yield from argument.arguments if argument.operator == term.operator else (argument,)


def _literal(term: Term) -> Term:
    if isinstance(term.value, Decimal) and term.type == DOUBLE:
        return Term("literal", DOUBLE, value=float(term.value))
    if isinstance(term.value, Decimal):
        return Term("literal", term.type, value=decimal_literal(term.value).value)
    if isinstance(term.value, float):
        return Term("literal", term.type, value=term.value + 0.0)
    return term


def _unwidened(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Integers meet as bigints anyway: a written widening says nothing. Literals lose their `L`."""
    return tuple(_narrow(term) for term in terms)


def _narrow(term: Term) -> Term:
    if term.operator == "cast" and term.type == BIGINT and term.arguments[0].type.name == "int":
        return term.arguments[0]
    if term.is_literal and term.type == BIGINT and -(2**31) <= int(term.value) < 2**31:  # type: ignore[arg-type]
        return Term("literal", INT, value=term.value)
    return term


def _integers_meet(term: Term) -> Term:
    return _with(term, _unwidened(term.arguments))


def _commutative(term: Term) -> Term:
    return _with(term, _in_order(_unwidened(term.arguments)))


def _equal(term: Term) -> Term:
    left, right = (ordered := _commutative(term)).arguments
    if right.is_literal and right.type == BOOLEAN:
        return left if right.value else _not(left)
    return ordered


def _same(term: Term) -> Term:
    left, right = (ordered := _commutative(term)).arguments
    if right.is_literal and right.value is None:
        return _FALSE if left.is_literal else Term("is_null", BOOLEAN, (left,))
    return ordered


def _not(inner: Term) -> Term:
    match inner.operator:
        case "literal":
            return _FALSE if inner.value else _TRUE
        case "not":
            return inner.arguments[0]
        case "less":
            return Term("less_equal", BOOLEAN, inner.arguments[::-1])
        case "less_equal":
            return Term("less", BOOLEAN, inner.arguments[::-1])
        case "and" | "or":
            flipped = "or" if inner.operator == "and" else "and"
            return _connective(Term(flipped, BOOLEAN, tuple(map(_not, inner.arguments))))
        case _:
            return negation(inner)


def _connective(term: Term) -> Term:
    """`and` or `or`: flat, without repetition and neutral elements, in order; equalities of one subject as `in`."""
    neutral, absorbing = (_TRUE, _FALSE) if term.operator == "and" else (_FALSE, _TRUE)
    parts = [part for part in _distinct(_flattened(term)) if part != neutral]
    if absorbing in parts:
        return absorbing
    merged = _merge_equalities(parts, negated=term.operator == "and")
    if len(merged) < 2:
        return merged[0] if merged else neutral
    return Term(term.operator, BOOLEAN, _in_order(merged))


def _merge_equalities(parts: Iterable[Term], negated: bool) -> tuple[Term, ...]:
    """`a = 1 or a = 2` is `a in (1, 2)`; `a <> 1 and a <> 2` is `a not in (1, 2)`."""
    others: list[Term] = []
    candidates: dict[Term, list[Term]] = {}
    for part in parts:
        positive = part.arguments[0] if negated and part.operator == "not" else part
        matches = (part.operator == "not") == negated and (
            positive.operator == "in" or (positive.operator == "equal" and positive.arguments[1].is_literal)
        )
        if matches:
            candidates.setdefault(positive.arguments[0], []).extend(positive.arguments[1:])
        else:
            others.append(part)
    merged = [_in(subject, tuple(literals)) for subject, literals in candidates.items()]
    return _distinct([*others, *((_not(each) if negated else each) for each in merged)])


def _in(subject: Term, literals: tuple[Term, ...]) -> Term:
    (narrow, *_), chosen = _unwidened((subject,)), _distinct(_unwidened(literals))
    if len(chosen) == 1:
        return _equal(Term("equal", BOOLEAN, (narrow, chosen[0])))
    if subject.type == BOOLEAN:
        # Both truth values are in the list: true, or null for a null.
        return Term("or", BOOLEAN, _in_order((subject, _not(subject))))
    ordered = sorted(chosen, key=lambda literal: (literal.value, render(literal)))
    return Term("in", BOOLEAN, (narrow, *ordered))


def _like(term: Term) -> Term:
    """A pattern without wildcards is a comparison."""
    pattern = str(term.value)
    if any(sign in pattern for sign in "%_\\"):
        return term
    return _equal(Term("equal", BOOLEAN, (term.arguments[0], Term("literal", STRING, value=pattern))))


def _case(term: Term) -> Term:
    pairs, default = _branches(term)
    kept: list[tuple[Term, Term]] = []
    for condition, value in pairs:
        if condition == _FALSE:
            continue
        if condition == _TRUE:
            default = value
            break
        kept.append((condition, value))
    while default is not None and default.operator == "case":
        inner, default = _branches(default)
        kept.extend(inner)
    if default is not None and default.is_literal and default.value is None:
        default = None
    while kept and (kept[-1][1] == default or (default is None and _is_null(kept[-1][1]))):
        kept.pop()
    if not kept and default is None:
        raise ExpressionError("a part of the expression is always null: no branch of this `case` can have a value")
    if not kept and default is not None:
        return default
    if len(kept) == 1 and (chosen := _as_coalesce(term, kept[0], default)) is not None:
        return chosen
    flat = [part for pair in kept for part in pair]
    return _with(term, (*flat, default) if default is not None else tuple(flat))


def _branches(term: Term) -> tuple[list[tuple[Term, Term]], Term | None]:
    parts = term.arguments
    pairs = [(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    return pairs, parts[-1] if len(parts) % 2 else None


def _is_null(term: Term) -> bool:
    return term.is_literal and term.value is None


def _as_coalesce(term: Term, branch: tuple[Term, Term], default: Term | None) -> Term | None:
    """`case when a is null then b else a end` is `coalesce(a, b)`."""
    condition, value = branch
    if condition.operator == "is_null" and condition.arguments[0] == default:
        return _coalesce(Term("coalesce", term.type, (default, value)))
    if condition.operator == "not" and condition.arguments[0] == Term("is_null", BOOLEAN, (value,)):
        return _coalesce(Term("coalesce", term.type, (value, *((default,) if default is not None else ()))))
    return None


def _coalesce(term: Term) -> Term:
    kept: list[Term] = []
    for part in _distinct(_flattened(term)):
        if _is_null(part):
            continue
        kept.append(part)
        if part.is_literal:
            break
    return kept[0] if len(kept) == 1 else _with(term, tuple(kept))


def _extreme(term: Term) -> Term:
    parts = [part for part in _distinct(_flattened(term)) if not _is_null(part)]
    return parts[0] if len(parts) == 1 else _with(term, _in_order(parts))


_REWRITES: Final[Mapping[str, Callable[[Term], Term]]] = MappingProxyType(
    {
        "literal": _literal,
        "add": _commutative,
        "multiply": _commutative,
        **dict.fromkeys(("subtract", "remainder", "negate", "less", "less_equal"), _integers_meet),
        "equal": _equal,
        "same": _same,
        "not": lambda term: _not(term.arguments[0]),
        "and": _connective,
        "or": _connective,
        "is_null": lambda term: _FALSE if term.arguments[0].is_literal else term,
        "in": lambda term: _in(term.arguments[0], term.arguments[1:]),
        "like": _like,
        "case": _case,
        "coalesce": _coalesce,
        "greatest": _extreme,
        "least": _extreme,
        "concat": lambda term: _with(term, tuple(_flattened(term))),
    }
)
