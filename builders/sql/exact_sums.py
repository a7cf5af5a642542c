"""Exact sums in SQL: doubles split into limbs, and the doubles that sums held in limbs stand for.

Written in words that each engine defines as functions of its own: `whole_units`, `carry`, `exact_double` and so on are
told where they are defined.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from builders.limbs import DEFAULT_LIMBS, unit
from builders.sql.ast import all_of, call, case, not_null, number, plus, text, times


def split_into_limbs(value: exp.Expression, limbs: tuple[int, ...], slot: str) -> dict[int, exp.Expression]:
    """Each limb's share of a finite double, a double without a fraction that is at most `2**TOP_BITS`; a value that the
    limbs cannot hold exactly is an error. Shares are added up by `Dialect.sum_of_units`.

    The highest limb takes the whole units, each other one what its upper neighbour leaves; at the end nothing is left.
    """
    low, top = min(limbs), max(limbs)
    shares: dict[int, exp.Expression] = {}
    for limb in limbs:
        scaled = _scale(value.copy(), -unit(limb))
        if limb == top:
            share = call("only_units" if limb == low else "whole_units", scaled, text(slot))
        else:
            above = _scale(value.copy(), -unit(limb + 1))
            share = call("lowest_units" if limb == low else "lower_units", scaled, above, text(slot))
            # A double this large has no digits down here, and scaling it might overflow.
            if unit(limb + 1) + 53 < 1024:
                small = exp.LT(this=call("abs", value.copy()), expression=number(2.0 ** (unit(limb + 1) + 53)))
                share = case(
                    exp.Or(this=small, expression=exp.Is(this=value.copy(), expression=exp.Null())), share, number(0)
                )
        shares[limb] = share
    return shares


def exact_sum(limbs: Mapping[int, exp.Expression]) -> exp.Expression:
    """The double nearest to a sum held in limbs; beyond one limb's range, its balanced digits added from the highest
    down, which may be one off. A total beyond the doubles is null.
    """
    if tuple(limbs) == DEFAULT_LIMBS:
        return call("exact_double", limbs[0])
    digits = _balanced_digits(limbs)
    value, *smaller = [_scale(call("rounded", digit), unit(limb)) for limb, digit in reversed(digits.items())]
    for part in smaller:
        value = exp.Add(this=value, expression=part)
    finite = case(call("isfinite", value), value.copy())
    short = call("as_one_limb", digits[1].copy(), digits[0].copy())
    others = [exp.EQ(this=digit.copy(), expression=number(0)) for limb, digit in digits.items() if limb not in (0, 1)]
    return case(all_of([*others, not_null(short)]), call("exact_double", short.copy()), finite)


def _balanced_digits(limbs: Mapping[int, exp.Expression]) -> dict[int, exp.Expression]:
    """The unique digits of a total, from the lowest limb to one above all limbs and limb 0, so that 0 and 1 are among
    them wherever limb 0 could hold the total."""
    digits: dict[int, exp.Expression] = {}
    carried: exp.Expression | None = None
    for limb in range(min(*limbs, 0), max(*limbs, 0) + 1):
        held = call("wide", limbs[limb]) if limb in limbs else None
        parts = [part for part in (held, carried) if part is not None]
        total = (parts[0] if len(parts) == 1 else plus(parts[0], parts[1])) if parts else number(0)
        digits[limb] = call("digit", total)
        carried = call("carry", total.copy())
    assert carried is not None
    digits[max(*limbs, 0) + 1] = carried
    return digits


def square(value: exp.Expression) -> exp.Expression:
    """The double nearest to the square of a double."""
    return times(value, value.copy())


def square_rest(value: exp.Expression) -> exp.Expression:
    """What the square has beyond `square`, as a double."""
    return call("rest_of_product", value, value.copy())


def variance(
    count: exp.Expression, squares: Mapping[int, exp.Expression], total: Mapping[int, exp.Expression]
) -> exp.Expression:
    """The sample variance from a count and two sums in limbs; null of fewer than two values."""
    return call("variance_of", count, *_double_and_rest(squares), *_double_and_rest(total))


def _double_and_rest(limbs: Mapping[int, exp.Expression]) -> tuple[exp.Expression, exp.Expression]:
    """A sum held in limbs as a double and what is left of it, as another."""
    (top, highest), *lower = sorted(limbs.items(), reverse=True)
    value = _scale(call("limb_double", highest.copy()), unit(top))
    rest = _scale(call("limb_rest", highest.copy()), unit(top))
    for limb, held in lower:
        part = _scale(call("limb_double", held.copy()), unit(limb))
        part_rest = _scale(call("limb_rest", held.copy()), unit(limb))
        rest = plus(plus(rest, call("rest_of_sum", value.copy(), part)), part_rest)
        value = plus(value, part.copy())
    return value, rest


def _scale(value: exp.Expression, exponent: int) -> exp.Expression:
    """`value * 2**exponent`, in two steps where the factor itself is no double."""
    if abs(exponent) <= 1000:
        return times(value, number(2.0**exponent))
    half = exponent // 2
    return times(times(value, number(2.0**half)), number(2.0 ** (exponent - half)))
