"""A store in which one team has features, and another is about to build some."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from featurestore import FeatureStore
from featurestore.clock import FixedClock

FIRST_DAY: Final = "2024-03-01T00:00:00Z"
WEEKS_LATER: Final = "2024-05-01T00:00:00Z"

THERE: Final = """\
team: sales
owner: ann
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: data/orders.parquet
    timestamp: at
    columns: {customer: string, amount: double, pieces: int, returned: boolean, channel: string, at: timestamp}
feature_views:
  - name: spending
    description: What a customer spends.
    entity: customer
    source: orders
    every: 1d
    delay: 6h
    features:
      - {name: spent, agg: sum, of: amount, windows: [7d, 28d]}
      - {name: orders, agg: count, of: amount, windows: [7d, 28d], description: How often a customer buys.}
      - {name: returns, agg: mean, of: returned, windows: [28d]}
feature_services:
  - {name: churn, features: ["spending:*"]}
"""

NEW: Final = """\
team: growth
owner: ben
entities:
  - {name: buyer, keys: {buyer: string}}
feature_views:
  - name: buyers
    entity: buyer
    source: orders
    keys: {buyer: customer}
    every: 24h
    delay: 360m
    features:
      - {name: revenue, agg: sum, of: amount, where: amount is not null, windows: [28d]}
      - {name: basket, agg: mean, of: amount, windows: [7d]}
      - {name: channels, agg: count_distinct, of: channel, windows: [7d]}
"""
"""`revenue` exists, `basket` can be derived, `channels` is new."""


def write_company(root: Path, **files: str) -> Path:
    """A repository in which `spending` is applied on the first day; `files` are written beside it afterwards."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "featurestore.yaml").write_text("project: company\n")
    (root / "sales.yaml").write_text(THERE)
    store_at(root, FIRST_DAY).apply()
    for name, text in files.items():
        (root / f"{name}.yaml").write_text(text)
    return root


def store_at(root: Path, instant: str) -> FeatureStore:
    """The store as of an instant."""
    return FeatureStore(root, clock=FixedClock(instant))
