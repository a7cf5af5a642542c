"""What all tables have in common: their registry, rows that number themselves, and JSON in columns of text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, MetaData

# SQLite numbers rows by itself only in a column that is called INTEGER.
IDENTITY: Final = BigInteger().with_variant(Integer, "sqlite")

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def to_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Canonical JSON text: keys sorted, no white space, plain ASCII; equal values give equal text.

    Raises:
        ValueError: a number is NaN or infinite.
        TypeError: a value is of no JSON type.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Any:
    """Read what `to_json` wrote."""
    return json.loads(text)
