"""Short ways to declare what the oracle's own tests need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from definitions.model import Entity, FeatureView, Source
from tests.oracle.values import view_values

SHOP = Entity.model_validate({"name": "shop", "keys": {"region": "string", "number": "bigint"}})
CUSTOMER = Entity.model_validate({"name": "customer", "keys": {"customer": "string"}})
COLUMNS = {
    "customer": "string",
    "region": "string",
    "number": "bigint",
    "event_id": "bigint",
    "version": "bigint",
    "sequence": "bigint",
    "at": "timestamp",
    "amount": "double",
    "quantity": "bigint",
    "price": "decimal(12,2)",
    "flag": "boolean",
    "channel": "string",
}


def at(text: str, microseconds: int = 0) -> int:
    """The instant of an ISO text in UTC, in microseconds, without floating point."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (moment.days * 86_400 + moment.seconds) * 1_000_000 + microseconds


def source(**declared: Any) -> Source:
    return Source.model_validate(
        {"name": "orders", "path": "x.parquet", "timestamp": "at", "columns": COLUMNS, **declared}
    )


def view(*features: Mapping[str, Any], **declared: Any) -> FeatureView:
    return FeatureView.model_validate(
        {"name": "v", "entity": "customer", "source": "orders", "every": "1d", "features": features, **declared}
    )


def feature(agg: str, of: str | None = None, **declared: Any) -> dict[str, Any]:
    return {"name": "f", "agg": agg, "of": of, **declared}


def row(moment: int | None, **values: Any) -> dict[str, Any]:
    return {**dict.fromkeys(COLUMNS), "customer": "a", "at": moment, **values}


def value(of: FeatureView, rows: list[dict[str, Any]], instant: int, key: tuple[Any, ...] = ("a",)) -> Any:
    """The value of the view's only column."""
    (only,) = view_values(source(), CUSTOMER, of, rows, key, instant).values()
    return only
