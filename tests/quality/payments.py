"""A source made up from a seed: payments of a shop, day by day, with columns of every kind.

Amounts have heavy tails, tips are mostly zero, shares of categories and amounts move with the weekday and with shocks
that all rows of a day have in common, some columns are nullable, codes have shapes, and hours have an evening.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

FIRST: Final = 19_723
"""The first day, since 1970: 2024-01-01, a Monday."""
SECONDS: Final = 86_400

DEFINITIONS: Final = """\
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: payments
    path: data/payments/*.parquet
    timestamp: known_at
    columns:
      payment: string
      customer: string
      email: {type: string, pii: [email]}
      merchant: string
      country: string
      channel: string
      amount: {type: double, unit: EUR}
      fee: {type: double, unit: EUR}
      tip: {type: double, unit: EUR}
      balance_change: double
      score: double
      items: bigint
      latency: {type: bigint, unit: milliseconds}
      rating: int
      coupon: string
      refund: boolean
      created_at: timestamp
      known_at: timestamp
feature_views:
  - name: customer_payments
    entity: customer
    source: payments
    every: 1d
    features:
      - {name: payments, agg: count, windows: [1d, 7d]}
      - {name: amount, agg: sum, of: amount, windows: [1d, 7d]}
"""

SCHEMA: Final = pa.schema([
    ("payment", pa.string()), ("customer", pa.string()), ("email", pa.string()), ("merchant", pa.string()),
    ("country", pa.string()), ("channel", pa.string()), ("amount", pa.float64()), ("fee", pa.float64()),
    ("tip", pa.float64()), ("balance_change", pa.float64()), ("score", pa.float64()), ("items", pa.int64()),
    ("latency", pa.int64()), ("rating", pa.int32()), ("coupon", pa.string()), ("refund", pa.bool_()),
    ("created_at", pa.timestamp("us", "UTC")), ("known_at", pa.timestamp("us", "UTC")),
])  # fmt: skip

COUNTRIES: Final = ("DE", "FR", "IT", "NL", "AT", "CH")
CHANNELS: Final = ("web", "app", "shop", "phone")

Columns = dict[str, NDArray[Any]]
"""The rows of a day, by column; a missing value is None, instants are seconds since 1970."""


@dataclass(frozen=True)
class Payments:
    """All days of one source; each is made from the seed and its number alone. `size` scales how many rows it has."""

    seed: int
    size: float = 1.0

    @cached_property
    def _habits(self) -> dict[str, Any]:
        """What differs from source to source and not from day to day."""
        chance = np.random.default_rng([self.seed, 0])
        return {
            "rows": chance.integers(1_200, 3_500),
            "week": 1 + chance.uniform(0.02, 0.2) * np.sin(np.arange(7) + chance.uniform(0, 6)),
            "countries": chance.dirichlet(np.full(len(COUNTRIES), 4.0)) * 0.88 + 0.02,
            "channels": chance.dirichlet(np.full(len(CHANNELS), 5.0)) * 0.88 + 0.03,
            "amount": (chance.uniform(2.5, 4.5), chance.uniform(0.9, 1.5)),
            "rate": chance.uniform(0.01, 0.05),
            "shock": chance.uniform(0.02, 0.08),
            "rating_nulls": chance.uniform(0.2, 0.6),
            "coupons": chance.uniform(0.15, 0.4),
            "refunds": chance.uniform(0.02, 0.08),
            "evening": chance.uniform(16, 20),
            "night": chance.uniform(0.1, 0.3),
            "latency": chance.uniform(0.6, 1.1),
        }

    def day(self, number: int) -> Columns:
        """The rows of day `number` from the first one on, in the order of their instants."""
        habits, chance = self._habits, np.random.default_rng([self.seed, 1, number])
        week, shock = habits["week"][number % 7], habits["shock"]

        def shocked(size: float = 1.0) -> float:
            return float(np.exp(chance.normal(0, shock * size)))

        rows = int(self.size * habits["rows"] * week * shocked())
        instants = FIRST * SECONDS + number * SECONDS + self._seconds(chance, rows)
        median, spread = habits["amount"]
        amount = np.round(np.exp(chance.normal(median, spread, rows)) * shocked() * (2 - week), 2) + 0.01
        customers = np.minimum(chance.zipf(1.3, rows), 5_000)
        merchants = np.minimum(chance.zipf(1.4, rows), 300)
        serial = number * 10_000 + np.arange(rows)
        ratings = chance.choice(5, rows, p=_shares([1, 1, 2, 4, 3], shocked)) + 1
        return {
            "payment": np.array([f"P{each:09d}" for each in serial], object),
            "customer": np.array([f"c{each:05d}" for each in customers], object),
            "email": np.array([f"user{each}@mail.example" for each in customers], object),
            "merchant": np.array([f"MX-{chr(65 + each % 26)}-{each:04d}" for each in merchants], object),
            "country": chance.choice(np.array(COUNTRIES, object), rows, p=_shares(habits["countries"], shocked)),
            "channel": chance.choice(np.array(CHANNELS, object), rows, p=_shares(habits["channels"], shocked)),
            "amount": amount,
            "fee": np.round(amount * habits["rate"] * chance.uniform(0.5, 1.5, rows), 4),
            "tip": np.round(np.where(chance.random(rows) < 0.1 * shocked(2), chance.exponential(3, rows) + 0.1, 0), 1),
            "balance_change": chance.laplace(0, 40 * shocked(), rows),
            "score": chance.beta(4, 2 * shocked(), rows),
            "items": chance.poisson(2.2 * shocked(), rows) + 1,
            "latency": (80 * np.exp(chance.normal(0, habits["latency"], rows)) * shocked()).astype(np.int64) + 5,
            "rating": _missing(ratings, chance.random(rows) < habits["rating_nulls"] * shocked()),
            "coupon": _missing(
                np.array([f"SAVE{each:02d}{chr(97 + each % 26)}" for each in chance.integers(0, 100, rows)], object),
                chance.random(rows) > habits["coupons"] * shocked(),
            ),
            "refund": chance.random(rows) < habits["refunds"] * shocked(2),
            "created_at": instants - chance.exponential(600.0, rows),
            "known_at": instants,
        }  # fmt: skip

    def _seconds(self, chance: np.random.Generator, rows: int) -> NDArray[np.float64]:
        hours = np.arange(24)
        busy = self._habits["night"] + np.exp(2 * np.cos((hours - self._habits["evening"]) / 12 * np.pi) - 1)
        drawn = chance.choice(hours, rows, p=_shares(busy * np.exp(chance.normal(0, 0.03, 24)), lambda: 1.0))
        return np.sort((drawn + chance.random(rows)) * 3_600)


def table_of(columns: Columns) -> pa.Table:
    """The rows of a day as they are in a file."""
    arrays = {}
    for name, kind in zip(SCHEMA.names, SCHEMA.types, strict=True):
        values = columns[name]
        if pa.types.is_timestamp(kind):
            values = np.array([None if each is None else round(each * 1e6) for each in values], object)
        arrays[name] = pa.array(list(values), kind)
    return pa.table(arrays, SCHEMA)


def _shares(weights: Any, shocked: Any) -> NDArray[np.float64]:
    moved = np.array([weight * shocked() for weight in weights], dtype=np.float64)
    return np.asarray(moved / moved.sum())


def _missing(values: NDArray[Any], where: NDArray[np.bool_]) -> NDArray[Any]:
    found = values.astype(object)
    found[where] = None
    return found
