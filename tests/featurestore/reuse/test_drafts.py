"""Drafts: once there are values of one, it is known whether they are another feature's, and activating it asks why."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from definitions.durations import DAY
from definitions.errors import ReuseError
from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from featurestore.finding_words import finding_words

NOW: Final = "2024-03-10T12:00:00Z"
THERE: Final = """\
team: sales
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: data/orders.parquet
    timestamp: at
    columns: {customer: string, amount: double, at: timestamp}
  - name: ledger
    path: data/ledger.parquet
    timestamp: at
    columns: {customer: string, cents: bigint, salary: {type: bigint, pii: [salary]}, at: timestamp}
feature_views:
  - name: spending
    entity: customer
    source: orders
    every: 1d
    features:
      - {name: spent, agg: sum, of: amount, windows: [7d]}
"""
DRAFT: Final = """\
team: growth
owner: ben
feature_views:
  - name: booked
    entity: customer
    source: ledger
    every: 1d
    lifecycle: draft
    features:
      - {name: booked, agg: sum, of: cents, windows: [7d]}
      - {name: bookings, agg: count, windows: [7d]}
      - {name: earned, agg: sum, of: salary, windows: [7d]}
"""
ACTIVE: Final = DRAFT.replace("    lifecycle: draft\n", "")


def store_of(root: Path, draft: str = DRAFT) -> FeatureStore:
    (root / "growth.yaml").write_text(draft)
    return FeatureStore(root, clock=FixedClock(NOW))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Orders, and a ledger of the same in cents (and in a column of salaries, which nobody may sample)."""
    chance, first = Random(11), parse_instant("2024-02-20T00:00:00Z")
    amounts = [float(chance.randrange(1, 900)) for _ in range(3_000)]
    (tmp_path / "data").mkdir()
    at = pa.array([first + chance.randrange(18 * DAY) for _ in amounts], pa.timestamp("us", "UTC"))
    customers, cents = [f"c{chance.randrange(200)}" for _ in amounts], [round(amount * 100) for amount in amounts]
    orders = pa.table({"customer": customers, "amount": amounts, "at": at})
    pq.write_table(orders, tmp_path / "data" / "orders.parquet")
    ledger = pa.table({"customer": customers, "cents": cents, "salary": cents, "at": at})
    pq.write_table(ledger, tmp_path / "data" / "ledger.parquet")
    (tmp_path / "featurestore.yaml").write_text("project: shop\nengine: {threads: 1}\n")
    (tmp_path / "sales.yaml").write_text(THERE)
    store = FeatureStore(tmp_path, clock=FixedClock(NOW))
    store.apply()
    store.materialize()
    store.gate.set_mode("growth", "block")
    return tmp_path


def test_the_first_values_of_a_draft_show_that_it_carries_what_another_one_does(root: Path) -> None:
    store = store_of(root)
    store.apply()
    (found,) = store.materialize().findings
    assert (found.subject, found.numbers["of"]) == ("booked:booked_7d", "spending:spent_7d")
    assert "use that one, or say why both are needed with `featurestore waive booked:booked_7d" in finding_words(found)
    # It is looked at once; and what tells of a person is not looked at.
    assert store_of(root).materialize(full=True).findings == ()


def test_a_draft_that_becomes_active_says_why_it_is_needed_beside_the_same_data(root: Path) -> None:
    store_of(root).apply()
    store_of(root).materialize()
    store = store_of(root, ACTIVE)
    (ruling,) = store.plan().rulings
    assert (ruling.reuse.verdict, ruling.action) == ("same data", "refused")
    with pytest.raises(ReuseError, match="booked:booked_7d carries the same data as spending:spent_7d"):
        store.apply()
    justified = store.waive("booked:booked_7d", "the ledger is what is audited", 365 * DAY)
    assert (justified.kind, justified.approved_by == justified.asked_by) == ("justification", True)
    assert store.plan().rulings[0].why.startswith(f"justified by {justified.asked_by} until 2025-03-10")
    assert store.apply().changes


def test_a_draft_that_is_computed_otherwise_is_found_alike_no_more(root: Path) -> None:
    store_of(root).apply()
    store_of(root).materialize()
    store = store_of(root, ACTIVE.replace("of: cents", "of: cents * cents"))
    assert store.plan().rulings == ()
    store.apply()
    assert store.findings() == ()
