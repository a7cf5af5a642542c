"""What expressions mean, in plain Python: the oracle that engines and rewrites are held against."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

from definitions.terms import Term
from definitions.types import DataType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BIGINT_RANGE = range(-(2**63), 2**63)
RANGES = {"int": range(-(2**31), 2**31), "bigint": BIGINT_RANGE}


def evaluate(term: Term, row: Mapping[str, Any]) -> Any:
    """The value of `term` for a row of Python values; timestamps are aware datetimes."""
    match term.operator:
        case "column":
            return settle(row[str(term.value)], term.type)
        case "literal":
            return term.value if not isinstance(term.value, Decimal) or term.type.is_decimal else float(term.value)
        case "and" | "or":
            return _connect(term.operator, [evaluate(each, row) for each in term.arguments])
        case "case":
            return _case(term, row)
        case "coalesce":
            return next((v for each in term.arguments if (v := evaluate(each, row)) is not None), None)
        case "same":
            left, right = (evaluate(each, row) for each in term.arguments)
            return left == right if left is not None and right is not None else left is right
        case "is_null":
            return evaluate(term.arguments[0], row) is None
        case "greatest" | "least":
            present = [v for each in term.arguments if (v := evaluate(each, row)) is not None]
            return (max if term.operator == "greatest" else min)(present, default=None)
    values = [evaluate(each, row) for each in term.arguments]
    if any(value is None for value in values):
        return None
    try:
        with localcontext(prec=90):
            return settle(_strict(term, values), term.type)
    except (ArithmeticError, ValueError):
        return None


def settle(value: Any, data_type: DataType) -> Any:
    """Null for what is no value of the type: NaN, infinity, an integer out of range."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if data_type.is_integer and value is not None and value not in RANGES[data_type.name]:
        return None
    return value


def _connect(connective: str, values: list[Any]) -> Any:
    decisive = connective == "or"
    if decisive in [value for value in values if value is not None]:
        return decisive
    return None if None in values else not decisive


def _case(term: Term, row: Mapping[str, Any]) -> Any:
    parts = term.arguments
    for position in range(0, len(parts) - 1, 2):
        if evaluate(parts[position], row) is True:
            return evaluate(parts[position + 1], row)
    return evaluate(parts[-1], row) if len(parts) % 2 else None


def _strict(term: Term, values: list[Any]) -> Any:
    match term.operator:
        case "in":
            return values[0] in values[1:]
        case "like":
            return like(values[0], str(term.value))
        case "cast":
            return cast(values[0], term.arguments[0].type, term.type)
        case function:
            return FUNCTIONS[function](*values)


def _remainder(first: int, second: int) -> int:
    if second == 0:
        raise ZeroDivisionError
    rest = abs(first) % abs(second)
    return -rest if first < 0 else rest


def like(text: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    shapes = {"%": ".*", "_": "."}
    return re.fullmatch("".join(shapes.get(p, re.escape(p[-1])) for p in parts), text, re.DOTALL) is not None


def cast(value: Any, before: DataType, to: DataType) -> Any:
    if before.name == "string":
        shape = r" *[+-]?[0-9]+ *" if to.is_integer else r" *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *"
        if not re.fullmatch(shape, value):
            return None
        return int(value) if to.is_integer else float(value)
    if to.name == "string":
        return str(value).lower()
    if to.is_integer:
        return int(value) if not isinstance(value, Decimal) else int(value.to_integral_value(ROUND_DOWN))
    if to.is_floating:
        return float(value)
    if to.is_decimal:
        exact = Decimal(int(value)) if isinstance(value, bool) else Decimal(value)
        scale = Decimal(1).scaleb(-(to.scale or 0))
        rounded = exact.quantize(scale, "ROUND_HALF_UP")
        return rounded if abs(rounded) < Decimal(10) ** ((to.precision or 0) - (to.scale or 0)) else None
    if to.name == "timestamp":
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.date() if isinstance(value, datetime) else value


def simple_case(character: str, upper: bool) -> str:
    """One character for one: as in the middle of a word, else as at its beginning, else as it is."""
    changed = (character.upper(), character.title()) if upper else (character.lower(),)
    return next((each for each in changed if len(each) == 1), {"ß": "ẞ", "İ": "i"}.get(character, character))


def _whole(value: Any, rounding: str) -> Any:
    if isinstance(value, Decimal):
        return value.to_integral_value("ROUND_" + rounding)
    return math.floor(value) if rounding == "FLOOR" else math.ceil(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "remainder": _remainder,
    "negate": operator.neg,
    "equal": operator.eq,
    "less": operator.lt,
    "less_equal": operator.le,
    "not": operator.not_,
    "abs": abs,
    "floor": lambda value: _whole(value, "FLOOR"),
    "ceil": lambda value: _whole(value, "CEILING"),
    "sqrt": math.sqrt,
    "ln": math.log,
    "log10": math.log10,
    "exp": math.exp,
    "pow": math.pow,
    "lower": lambda text: "".join(simple_case(each, False) for each in text),
    "upper": lambda text: "".join(simple_case(each, True) for each in text),
    "trim": lambda text: text.strip(" "),
    "length": len,
    "substring": lambda text, start, length: text[start - 1 : start - 1 + length],
    "concat": lambda *texts: "".join(texts),
    "year": lambda when: when.year,
    "quarter": lambda when: (when.month + 2) // 3,
    "month": lambda when: when.month,
    "weekofyear": lambda when: when.isocalendar().week,
    "day": lambda when: when.day,
    "dayofweek": lambda when: when.isoweekday() % 7 + 1,
    "dayofyear": lambda when: when.timetuple().tm_yday,
    "hour": lambda when: when.hour,
    "minute": lambda when: when.minute,
    "second": lambda when: when.second,
    "unix_micros": lambda when: (when - EPOCH) // timedelta(microseconds=1),
    "datediff": lambda end, start: (end - start).days,
}
AWKWARD: dict[str, list[Any]] = {
    "boolean": [None, True, False],
    "int": [None, 0, 1, -1, 2, -7, 3, 2**31 - 1, -(2**31)],
    "bigint": [None, 0, 1, -1, 3, -7, 10, 2**53 + 1, 2**63 - 1, -(2**63), 3037000500],
    "float": [None, 0.0, 1.5, -2.25, math.nan, math.inf, -math.inf, 2.0**100],
    "double": [None, 0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.75, 1e16, -1e308, 1e308, 5e-324, 0.1, math.nan, math.inf,
               -math.inf, 9.3e18, -9.3e18, 1000.0, 9223372036854775807.0],
    "string": [None, "", "a", "A", " a b  ", "it's", 'say "x"', "50%", "a_b", "a\\b", "é", "e\u0301", "ÀÉ", "👨‍👩‍👧",
               "\t x", "line\nbreak", "12", " -7 ", "1.5", "1e3", "1e999", "nan", "inf", "99999999999999999999",
               "1_0", "0x1", "12\n", "Straße", "ΑΣ ǆ", "ᾳ İ"],
    "date": [None, date(1970, 1, 1), date(1969, 12, 31), date(2012, 2, 29), date(2012, 12, 30), date(2013, 1, 1),
             date(1, 1, 1), date(1900, 3, 1), date(9999, 12, 31)],
    "timestamp": [None, datetime(1970, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC),
                  datetime(2013, 1, 1, 2, 30, 59, 999999, tzinfo=UTC), datetime(2012, 12, 30, 12, tzinfo=UTC),
                  datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=UTC)],
    "decimal(12,2)": [None, Decimal("0.00"), Decimal("1.50"), Decimal("-1.59"), Decimal("9999999999.99"),
                      Decimal("-9999999999.99"), Decimal("0.01")],
    "decimal(37,10)": [None, Decimal("9" * 27 + "." + "9" * 10), Decimal("-0.0000000001"), Decimal("0.5000000000")],
    "decimal(38,10)": [None, Decimal("-" + "9" * 28 + "." + "9" * 10), Decimal("0.5000000000"),
                       Decimal("1.0000000001")],
    "decimal(20,3)": [None, Decimal("12345678901234567.891"), Decimal("-0.500"), Decimal("2.000"), Decimal("0.100")],
}  # fmt: skip
COLUMNS = {
    "p": "boolean", "q": "boolean", "i": "int", "j": "int", "b": "bigint", "c": "bigint", "f": "float", "x": "double",
    "y": "double", "s": "string", "t": "string", "d": "date", "e": "date", "u": "timestamp", "v": "timestamp",
    "m": "decimal(12,2)", "n": "decimal(20,3)", "k": "decimal(37,10)", "h": "decimal(38,10)",
}  # fmt: skip
