"""Values of columns as numbers, so that those of one column can be compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal


def number_of(value: float | Decimal | date) -> float:
    """A number as it is; a date or an instant, in UTC where it does not say otherwise, in days since 1970."""
    if isinstance(value, datetime):
        instant = value if value.tzinfo else value.replace(tzinfo=UTC)
        return instant.timestamp() / 86_400
    return float(value.toordinal()) if isinstance(value, date) else float(value)
