"""Raw values held against each other: which columns differ, and by how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from definitions.columns import FeatureColumn

TOLERANCE: Final = 1e-9
"""Of the greater of two doubles. Sums are exact and rounded once, so it need not be wider where terms cancel out."""


def differences(
    columns: Sequence[FeatureColumn], served: Sequence[Any], computed: Sequence[Any]
) -> dict[str, float | None]:
    """The columns in which two rows differ, which hold what online rows do, with how far apart they are; None where
    either has nothing, or no number. A row that is too short has nothing at its end."""
    found: dict[str, float | None] = {}
    for position, column in enumerate(columns):
        one, other = (row[position] if position < len(row) else None for row in (served, computed))
        if not _agree(one, other):
            found[column.name] = _distance(column, one, other)
    return found


def _agree(one: Any, other: Any) -> bool:
    """Doubles agree within the tolerance; all else, types too, is the same or is not."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=0.0)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    return type(one) is type(other) and bool(one == other)


def _distance(column: FeatureColumn, one: Any, other: Any) -> float | None:
    first, second = _number(column, one), _number(column, other)
    return None if first is None or second is None else float(abs(first - second))


def _number(column: FeatureColumn, held: Any) -> Decimal | None:
    """The number that a column holds, if it does; a row that nobody published may hold anything."""
    if column.feature.ttl is not None and isinstance(held, list):
        held = held[-1] if held else None
    if held is None or isinstance(held, (bool, list)) or not column.type.is_numeric:
        return None
    try:
        return Decimal(held)
    except (InvalidOperation, TypeError):
        return None
