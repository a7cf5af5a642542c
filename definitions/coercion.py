"""Where two types meet: the type that holds both, and bringing a term to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Context, Decimal

from definitions.expression_error import ExpressionError
from definitions.terms import VOID, Term
from definitions.types import BIGINT, BOOLEAN, DOUBLE, STRING, TIMESTAMP, DataType, whole_digits

MOST_DIGITS = 38


def decimal_type(whole: int, scale: int) -> DataType:
    """The decimal with so many digits before and after the point.

    Raises:
        ExpressionError: there is none, a decimal has 38 digits.
    """
    if whole + scale > MOST_DIGITS:
        raise ExpressionError(
            f"the result needs a decimal of {whole + scale} digits, there are {MOST_DIGITS}",
            "cast an operand to double, or to a smaller decimal",
        )
    return DataType("decimal", max(whole + scale, 1), scale)


def as_decimal(data_type: DataType) -> DataType:
    """The decimal that holds every value of an integer or decimal type."""
    return data_type if data_type.is_decimal else decimal_type(whole_digits(data_type), 0)


def common_type(terms: Sequence[Term]) -> DataType | None:
    """The type that all terms can be brought to without being read differently; `None` if there is none."""
    types = [term.type for term in terms if term.type != VOID]
    if not types or len(set(types)) == 1:
        return types[0] if types else VOID
    if all(data_type.is_numeric for data_type in types):
        return _common_number([term for term in terms if term.type != VOID])
    return TIMESTAMP if all(data_type.is_temporal for data_type in types) else None


def _common_number(terms: Sequence[Term]) -> DataType:
    types = [_beside_decimals(term).type for term in terms] if _has_decimal(terms) else [term.type for term in terms]
    if any(data_type.is_floating for data_type in types):
        return DOUBLE
    if any(data_type.is_decimal for data_type in types):
        decimals = [as_decimal(data_type) for data_type in types]
        return decimal_type(max(map(whole_digits, decimals)), max(each.scale or 0 for each in decimals))
    return BIGINT


def _has_decimal(terms: Sequence[Term]) -> bool:
    return any(term.type.is_decimal for term in terms)


def meet(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Literals as their neighbours have them: beside a decimal, `1.5` and `2` are decimals of their own digits."""
    return tuple(map(_beside_decimals, terms)) if _has_decimal(terms) else tuple(terms)


def _beside_decimals(term: Term) -> Term:
    if term.is_literal and isinstance(term.value, (int, Decimal)) and not isinstance(term.value, bool):
        return decimal_literal(Decimal(term.value))
    return term


def decimal_literal(value: Decimal) -> Term:
    """A decimal with no more digits than it needs.

    Raises:
        ExpressionError: it needs more than a decimal has.
    """
    # Python's own context would round to 28 digits.
    exact = Context(prec=max(len(value.as_tuple().digits), MOST_DIGITS))
    plain = value.normalize(exact)
    _, digits, exponent = plain.as_tuple()
    data_type = decimal_type(max(len(digits) + int(exponent), 0), max(-int(exponent), 0))
    whole = plain.quantize(Decimal(1), context=exact) if int(exponent) > 0 else plain
    # A plus makes the zero below 0 the other one.
    return Term("literal", data_type, value=exact.plus(whole))


def coerce(term: Term, to: DataType) -> Term:
    """`term` as a value of type `to`, which `common_type` found or an operator needs."""
    if term.type == to and not isinstance(term.value, Decimal):
        return term
    if term.is_literal:
        match term.value:
            case None:
                return Term("literal", to)
            case bool():
                pass
            case int() | float() | Decimal() if to == DOUBLE:
                return Term("literal", DOUBLE, value=float(term.value))
            case int() | Decimal() if to.is_decimal:
                return Term("literal", to, value=Decimal(term.value))
            case int() if to.is_integer:
                return Term("literal", to, value=term.value)
            case datetime():
                pass
            case day if to == TIMESTAMP and not isinstance(day, (str, float)) and hasattr(day, "year"):
                return Term("literal", to, value=datetime.combine(day, time(), UTC))  # type: ignore[arg-type]
    return term if term.type == to else Term("cast", to, (term,))


def can_cast(before: DataType, after: DataType) -> bool:
    """Whether a written `cast` between these types means the same on every engine."""
    if before == after:
        return True
    if before.is_numeric or before == BOOLEAN:
        if after.is_decimal:
            return before.is_integer or before.is_decimal
        if after == STRING:
            return before.is_integer or before == BOOLEAN
        return after.is_integer or after == DOUBLE or (after == BOOLEAN and before.is_numeric)
    if before == STRING:
        return after.is_integer or after == DOUBLE
    return before.is_temporal and after.is_temporal
