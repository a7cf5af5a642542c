"""The expressions that scenarios use, each as its text and as plain Python over one row.

A row maps columns to Python values; a double column holds no NaN or infinity any more (the oracle made them null).
Logic has three values as in SQL: an operator with an unknown operand answers None, unless the other operand decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

Row = Mapping[str, Any]
Kind = Literal["double", "moderate", "bigint", "boolean", "decimal", "string", "timestamp"]


@dataclass(frozen=True)
class Expression:
    """`text` is what the YAML says, `evaluate` the same in Python, `kind` the type of its value; `joins` are the names
    of the joins whose columns it reads."""

    text: str
    kind: Kind
    evaluate: Callable[[Row], Any]
    joins: frozenset[str] = frozenset()


def _negate(value: bool | None) -> bool | None:
    return None if value is None else not value


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _either(left: bool | None, right: bool | None) -> bool | None:
    return _negate(_both(_negate(left), _negate(right)))


def _greater(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else bool(left > right)


def _equal(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else bool(left == right)


def _times(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left * right


def _divide(left: float | None, right: int | None) -> float | None:
    return None if left is None or right is None or right == 0 else left / float(right)


def _as_double(value: int | None) -> float | None:
    return None if value is None else float(value)


def _moderate(value: float | None) -> float | None:
    return value if value is not None and abs(value) < 1e100 else None


_TERMS: Final = frozenset({"terms"})
_PLACES: Final = frozenset({"places"})

_ALL: Final = (
    Expression("amount", "double", lambda row: row["amount"]),
    Expression("amount * 2", "double", lambda row: _times(row["amount"], 2.0)),
    Expression("amount / quantity", "double", lambda row: _divide(row["amount"], row["quantity"])),
    Expression("case when flag then amount end", "double", lambda row: row["amount"] if row["flag"] is True else None),
    Expression("case when abs(amount) < 1e100 then amount end", "moderate", lambda row: _moderate(row["amount"])),
    Expression("quantity", "bigint", lambda row: row["quantity"]),
    Expression("price", "decimal", lambda row: row["price"]),
    Expression("channel", "string", lambda row: row["channel"]),
    Expression("known_at", "timestamp", lambda row: row["known_at"]),
    Expression("flag", "boolean", lambda row: row["flag"]),
    Expression("not flag", "boolean", lambda row: _negate(row["flag"])),
    Expression("amount > 10", "boolean", lambda row: _greater(row["amount"], 10.0)),
    Expression("amount is null", "boolean", lambda row: row["amount"] is None),
    Expression("channel = 'web'", "boolean", lambda row: _equal(row["channel"], "web")),
    Expression("quantity > 2 and flag", "boolean", lambda row: _both(_greater(row["quantity"], 2), row["flag"])),
    Expression("amount > 10 or flag", "boolean", lambda row: _either(_greater(row["amount"], 10.0), row["flag"])),
    Expression("terms.tier", "bigint", lambda row: row["terms.tier"], _TERMS),
    Expression("terms.weight", "double", lambda row: row["terms.weight"], _TERMS),
    Expression("terms.owner", "string", lambda row: row["terms.owner"], _TERMS),
    Expression("terms.known_at", "timestamp", lambda row: row["terms.known_at"], _TERMS),
    Expression("terms.active and flag", "boolean", lambda row: _both(row["terms.active"], row["flag"]), _TERMS),
    Expression("quantity > terms.tier", "boolean", lambda row: _greater(row["quantity"], row["terms.tier"]), _TERMS),
    Expression("places.tier", "bigint", lambda row: row["places.tier"], _PLACES),
    Expression("places.tier is null", "boolean", lambda row: row["places.tier"] is None, _PLACES),
    Expression(
        "terms.weight * places.tier",
        "double",
        lambda row: _times(row["terms.weight"], _as_double(row["places.tier"])),
        _TERMS | _PLACES,
    ),
)
EXPRESSIONS: Final[Mapping[str, Expression]] = MappingProxyType({expression.text: expression for expression in _ALL})
"""Every expression by its text."""


def evaluate(text: str, row: Row) -> Any:
    """The value of the expression `text` for `row`; what is no finite number is null.

    Raises:
        KeyError: the table does not know `text`.
    """
    value = EXPRESSIONS[text].evaluate(row)
    return None if isinstance(value, float) and not math.isfinite(value) else value
