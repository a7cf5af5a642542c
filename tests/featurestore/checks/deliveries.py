"""A shop whose orders are delivered a file a day, and what it expects of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from featurestore import FeatureStore
from featurestore.clock import FixedClock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.runs import MaterializeReport

FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)
SCHEMA: Final = pa.schema(
    [("user", pa.string()), ("amount", pa.float64()), ("city", pa.string()), ("at", pa.timestamp("us", "UTC"))]
)
DEFINITIONS: Final = """\
team: shop
owner: ann
entities: [{name: user, keys: {user: string}}]
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: at
    columns:
      user: USER
      amount: double
      city: string
      at: timestamp
    on_block: ON_BLOCK
    expect: [EXPECT]
feature_views:
  - name: spending
    entity: user
    source: orders
    every: 1d
    on_block: ON_BLOCK
    features:
      - {name: spent, agg: sum, of: amount, windows: [1d, 3d], expect: [OF_VALUES]}
      - {name: orders, agg: count, windows: [1d]}
feature_services:
  - {name: offers, features: ["spending:*"]}
"""
USERS: Final = tuple(f"u{number}" for number in range(20))

Row = dict[str, Any]


@dataclass
class Deliveries:
    """The repository at `root`; day 0 is the first of January 2024."""

    root: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock("2024-01-01T00:00:00Z"))
    session: SparkSession | None = None

    def declare(self, expect: str = "", of_values: str = "", on_block: str = "hold", user: str = "string") -> None:
        """Write the definitions with what is expected of orders and of what users spent, and apply them."""
        text = DEFINITIONS.replace("EXPECT", expect).replace("OF_VALUES", of_values)
        on_spark = "engine: {type: spark}\n" if self.session is not None else ""
        (self.root / "featurestore.yaml").write_text(f"project: shop\n{on_spark}")
        (self.root / "shop.yaml").write_text(text.replace("ON_BLOCK", on_block).replace("USER", user))
        self.store().apply()

    def store(self, **options: Any) -> FeatureStore:
        return FeatureStore(self.root, clock=self.clock, spark=self.session, **options)

    def deliver(self, day: int, change: Callable[[list[Row]], list[Row]] | None = None, rows: int = 60) -> None:
        """Write the file of a day, as it would be or changed."""
        delivered = orders_of(day, rows)
        folder = self.root / "data" / "orders"
        folder.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist(delivered if change is None else change(delivered), SCHEMA)
        pq.write_table(table, folder / f"{day:03d}.parquet")

    def deliver_all(self, days: Sequence[int]) -> None:
        for day in days:
            self.deliver(day)

    def stand_after(self, day: int) -> None:
        """Let it be the midnight that ends a day."""
        self.clock.set(FIRST + timedelta(days=day + 1))

    def materialize(self, day: int) -> MaterializeReport:
        """What a run says at the midnight that ends a day."""
        self.stand_after(day)
        return self.store().materialize()

    def spent_in_frame(self, day: int, **options: Any) -> float | None:
        """What `u1` spent on a day, as of the midnight that ends it."""
        asked = pa.table({"user": ["u1"], "event_timestamp": [FIRST + timedelta(days=day + 1)]})
        frame = self.store().get_historical_features(asked, ["spending:spent_1d"], **options)
        found: float | None = frame.to_arrow().column("spent_1d").to_pylist()[0]
        return found

    def spent_online(self, user: str = "u1", column: str = "spent_1d") -> float | None:
        """What look-ups answer."""
        found: float | None = self.store().get_online_features("offers", [{"user": user}]).to_dict()[column][0]
        return found


def orders_of(day: int, rows: int = 60) -> list[Row]:
    """The orders of a day, in order of time: of each user some, of a few amounts and two cities."""
    chosen = random.Random(day)
    start = FIRST + timedelta(days=day)
    instants = sorted(chosen.sample(range(86_400), rows))
    return [
        {
            "user": USERS[number % len(USERS)],
            "amount": float(chosen.randrange(1, 100)),
            "city": chosen.choice(["Basel", "Basel", "Bern"]),
            "at": start + timedelta(seconds=second),
        }
        for number, second in enumerate(instants)
    ]


def in_cents(rows: list[Row]) -> list[Row]:
    """The orders with amounts a thousand times as large."""
    return [{**row, "amount": row["amount"] * 1000} for row in rows]


def spent_by(user: str, days: Sequence[int]) -> float:
    """What a user spent on some days, as they would be."""
    return sum(row["amount"] for day in days for row in orders_of(day) if row["user"] == user)
