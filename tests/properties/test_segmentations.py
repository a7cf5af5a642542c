"""Whatever segments the same rows lie in, every aggregation of them is the same to the bit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.durations import DAY
from definitions.model import Aggregation
from featurestore import FeatureStore, segment_plan
from featurestore.clock import FixedClock
from tests.properties.agreement import bits
from tests.properties.world import CONFIGURATION, EXAMPLES, FORMS, Form

OPERANDS: Final = {"count_distinct": "code", "most_frequent": "bucket"}
PARAMETERS: Final = {"quantile": ", quantile: 0.9", "last_n": ", n: 20", "most_frequent": ", n: 20"}
FEATURES: Final = (
    ", ".join(
        f"{{name: {agg}_{kind}, agg: {agg}, of: {OPERANDS.get(agg, 'amount')}{PARAMETERS.get(agg, '')}{windows}}}"
        for agg in get_args(Aggregation)
        for kind, windows in (("ever", ""), ("of_window", ", windows: [7d, 30d]"))
    )
    + ", {name: by_bucket, agg: count, by: bucket, top: 20}"
)
DEFINITIONS: Final = f"""\
entities:
  - {{name: customer, keys: {{customer: bigint}}}}
sources:
  - name: orders
    path: orders.parquet
    timestamp: at
    columns: {{customer: bigint, amount: double, code: bigint, bucket: bigint, at: timestamp}}
feature_views:
  - {{name: daily, entity: customer, source: orders, every: 1d, features: [{FEATURES}]}}
  - {{name: exact, entity: customer, source: orders, every: exact, features: [{FEATURES}]}}
"""
FIRST, DAYS, ROWS = 19_700 * DAY, 60, 4_000
"""Enough for a sketch of distinct values to leave the range where it is exact."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, random = tmp_path_factory.mktemp("segmentations"), np.random.default_rng(3)
    columns = {
        "customer": random.integers(0, 2, ROWS),
        "amount": random.normal(0, 1, ROWS) * 10.0 ** random.integers(-9, 9, ROWS),
        "code": random.integers(0, 10**6, ROWS),
        "bucket": random.zipf(1.5, ROWS) % 40,
        "at": pa.array(FIRST + random.integers(0, DAYS * DAY, ROWS), pa.timestamp("us")),
    }
    pq.write_table(pa.table(columns), folder / "orders.parquet")
    (folder / "features.yaml").write_text(DEFINITIONS, encoding="utf-8")
    (folder / "featurestore.yaml").write_text(CONFIGURATION, encoding="utf-8")
    return folder


def _new_store(folder: Path) -> FeatureStore:
    """With nothing materialized."""
    shutil.rmtree(folder / ".featurestore", ignore_errors=True)
    store = FeatureStore(folder, clock=FixedClock(FIRST + DAYS * DAY))
    store.apply()
    return store


def _values(store: FeatureStore, view: str, form: Form | None) -> Any:
    """At midnights, where a view of every instant sees what one of every day does."""
    at = [FIRST + days * DAY for days in (3, 30, 31, DAYS)]
    spine = pa.table(
        {"customer": [0, 1] * len(at), "event_timestamp": pa.array(sorted(at * 2), pa.timestamp("us", "UTC"))}
    )
    return bits(store.get_historical_features(spine, [f"{view}:*"], form=form).to_arrow().to_pylist())


@pytest.fixture(scope="module")
def one_pass(folder: Path) -> Any:
    """The values straight from the rows, without tiles between."""
    return _values(_new_store(folder), "exact", "tile join")


@settings(max_examples=max(5, EXAMPLES // 5), deadline=None)
@given(st.integers(1, 45), st.sets(st.integers(1, DAYS), max_size=4), st.sampled_from(FORMS))
def test_tiles_of_any_segments_merge_to_what_one_pass_gives(
    folder: Path, one_pass: Any, segment_days: int, ends: set[int], form: Form | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_plan, "SEGMENT_SPAN", segment_days * DAY)
        store = _new_store(folder)
        for end in sorted(ends):
            store.materialize(FIRST + end * DAY, publish=False)
        assert _values(store, "daily", form) == one_pass
