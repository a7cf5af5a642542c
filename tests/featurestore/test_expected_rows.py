"""What a plan expects is near what is found, however skewed the keys are, from sources and from segments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.explain import Explanation
from builders.planner import Form
from definitions.durations import DAY
from featurestore import FeatureStore
from featurestore.clock import FixedClock

DEFINITIONS = """\
entities:
  - {name: customer, keys: {customer: bigint}}
sources:
  - name: orders
    path: orders.parquet
    timestamp: at
    columns: {customer: bigint, amount: bigint, at: timestamp}
feature_views:
  - name: daily
    entity: customer
    source: orders
    every: 1d
    features:
      - {name: orders, agg: count, windows: [7d, 28d]}
      - {name: largest, agg: max, of: amount, windows: [7d]}
      - {name: ever, agg: count}
  - name: latest
    entity: customer
    source: orders
    every: exact
    features:
      - {name: amounts, agg: last_n, n: 3, of: amount, windows: [3d]}
      - {name: usual, agg: most_frequent, n: 2, of: amount, windows: [2d]}
"""
FIRST, DAYS, ROWS, ASKED, CUSTOMERS = 19_700 * DAY, 200, 200_000, 5_000, 2_000
FACTORS = {"even": 1.5, "skewed": 3.0}
"""How far expectations may be off: of a few heavy keys averages say less."""


def _keys(shape: str, size: int, random: np.random.Generator) -> np.ndarray:
    return random.integers(0, CUSTOMERS, size) if shape == "even" else random.zipf(1.5, size) % CUSTOMERS


@pytest.mark.parametrize("shape", ["even", "skewed"])
def test_every_step_is_expected_within_a_factor_of_what_it_gives(tmp_path: Path, shape: str) -> None:
    """200,000 orders of 200 days by 2,000 customers; questions of the last 20 days, to those as often as they order."""
    random = np.random.default_rng(1)
    at = pa.array(FIRST + random.integers(0, DAYS * DAY, ROWS), pa.timestamp("us"))
    orders = {"customer": _keys(shape, ROWS, random), "amount": random.integers(0, 50, ROWS), "at": at}
    pq.write_table(pa.table(orders), tmp_path / "orders.parquet")
    (tmp_path / "features.yaml").write_text(DEFINITIONS, encoding="utf-8")
    (tmp_path / "featurestore.yaml").write_text("project: shop\n", encoding="utf-8")
    store = FeatureStore(tmp_path, clock=FixedClock(FIRST + DAYS * DAY))
    store.apply()
    instants = pa.array(FIRST + random.integers((DAYS - 20) * DAY, DAYS * DAY, ASKED), pa.timestamp("us", "UTC"))
    asked = pa.table({"customer": _keys(shape, ASKED, random), "event_timestamp": instants})

    def explained(form: Form | None) -> Explanation:
        frame = store.get_historical_features(asked, ["daily:*", "latest:*"], form=form)
        return frame.explanation(analyze=True, sql=False)

    found = {}
    for built_to in (None, DAYS - 10, DAYS):
        if built_to is not None:
            store.materialize(FIRST + built_to * DAY, publish=False)
        for form in (None, "merge", "sliding frame"):
            for step in explained(form).steps:
                if shape == "skewed" and built_to is not None and step.name.endswith(" (candidates)"):
                    continue  # of stored tiles only averages are known
                if step.factor is not None and max(step.expected or 0, step.found or 0) > 500:
                    found[built_to, form, step.name] = step.factor
    limit = FACTORS[shape]
    assert len(found) > 50
    assert {place: factor for place, factor in found.items() if not 1 / limit <= factor <= limit} == {}
