"""Every aggregation as people declare it and get it back: frames, files, look-ups and JSON, by values one can check."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from definitions.errors import ValueRangeError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.featurestore.cli.running import document, invoke

NOW = "2024-03-10T12:00:00Z"
DEFINITIONS = """\
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: orders.parquet
    timestamp: known_at
    columns: {customer: string, channel: string, pieces: bigint, price: "decimal(12,2)", due: date, known_at: timestamp}
feature_views:
  - name: habits
    entity: customer
    source: orders
    every: 1d
    features:
      - {name: pieces_variance, agg: variance, of: pieces, windows: [7d]}
      - {name: pieces_deviation, agg: stddev, of: pieces, windows: [7d]}
      - {name: pieces_median, agg: quantile, quantile: 0.5, of: pieces, windows: [7d, 28d]}
      - {name: channels, agg: count_distinct, of: channel, windows: [7d]}
      - {name: last_prices, agg: last_n, of: price, n: 2}
      - {name: last_dues, agg: last_n, of: due, n: 20, windows: [7d]}
      - {name: favourites, agg: most_frequent, of: channel, n: 2, windows: [28d]}
      - {name: by_channel, agg: count, by: channel, top: 2, windows: [7d, 28d]}
      - {name: by_due, agg: count, by: due, top: 10}
"""
ORDERS = [
    # (days ago, channel, pieces, price, due)
    (20, "shop", 9, "1.00", date(2024, 2, 20)),
    (20, "shop", 9, "2.00", date(2024, 2, 20)),
    (3, "web", 2, "3.50", date(2024, 3, 8)),
    (2, "app", 4, None, None),
    (2, "web", 4, "5.25", date(2024, 3, 9)),
    (1, None, 6, "7.00", date(2024, 3, 10)),
]
EXPECTED = {
    "pieces_variance_7d": 8 / 3,
    "pieces_deviation_7d": (8 / 3) ** 0.5,
    "pieces_median_7d": 4.0,
    "pieces_median_28d": 4.0,
    "channels_7d": 2,
    "last_prices": [Decimal("7.00"), Decimal("5.25")],
    "last_dues_7d": [date(2024, 3, 10), date(2024, 3, 9), date(2024, 3, 8)],
    "favourites_28d": ["shop", "web"],
    "by_channel_7d": {"web": 2, "app": 1},
    "by_channel_28d": {"shop": 2, "web": 2},
    "by_due": {date(2024, 2, 20): 2, date(2024, 3, 8): 1, date(2024, 3, 9): 1, date(2024, 3, 10): 1},
}
NOTHING = {name: 0 if name == "channels_7d" else None for name in EXPECTED}


def _write_orders(folder: Path, orders: list[tuple]) -> None:
    today = datetime(2024, 3, 10)
    rows = [
        {"customer": "ann", "channel": channel, "pieces": pieces, "price": price and Decimal(price), "due": due,
         "known_at": today - timedelta(days=days) + timedelta(hours=9, minutes=number)}
        for number, (days, channel, pieces, price, due) in enumerate(orders)
    ]  # fmt: skip
    schema = pa.schema({"customer": pa.string(), "channel": pa.string(), "pieces": pa.int64(),
                        "price": pa.decimal128(12, 2), "due": pa.date32(), "known_at": pa.timestamp("us")})  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "orders.parquet")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("habits")
    (folder / "features.yaml").write_text(DEFINITIONS, encoding="utf-8")
    (folder / "featurestore.yaml").write_text("project: habits\n", encoding="utf-8")
    _write_orders(folder, ORDERS)
    return folder


@pytest.fixture(scope="module")
def store(repository: Path) -> FeatureStore:
    opened = FeatureStore(repository, clock=FixedClock(NOW))
    opened.apply()
    return opened


@pytest.mark.parametrize("materialized", [False, True], ids=["from the source", "from tiles"])
def test_a_frame_has_what_one_can_count_by_hand(store: FeatureStore, materialized: bool) -> None:
    if materialized:
        store.materialize()
    asked = pd.DataFrame({"customer": ["ann", "bob"]})
    ann, bob = (
        store.get_historical_features(asked, ["habits:*"]).to_pandas().drop(columns="customer").to_dict("records")
    )
    for name, value in EXPECTED.items():
        found = list(ann[name]) if isinstance(value, list) else ann[name]
        assert found == pytest.approx(value) if isinstance(value, float) else found == value, name
    assert {
        name: None if pd.api.types.is_scalar(value) and pd.isna(value) else value for name, value in bob.items()
    } == NOTHING


def test_lists_and_maps_have_arrow_types_and_go_through_parquet(store: FeatureStore, tmp_path: Path) -> None:
    frame = store.get_historical_features(pd.DataFrame({"customer": ["ann"]}), ["habits:*"])
    frame.to_parquet(tmp_path / "frame.parquet")
    schema = pq.read_table(tmp_path / "frame.parquet").schema
    assert (
        schema.field("last_prices").type == pa.list_(pa.decimal128(12, 2)) == frame.to_arrow().field("last_prices").type
    )
    assert pa.types.is_map(schema.field("by_channel_7d").type)
    assert schema.field("by_due").type.key_type == pa.date32()


def test_look_ups_answer_the_same(store: FeatureStore) -> None:
    store.materialize()
    found = store.get_online_features(["habits:*"], [{"customer": "ann"}, {"customer": "bob"}]).to_dict()
    for name, value in EXPECTED.items():
        assert found[name] == [pytest.approx(value) if isinstance(value, float) else value, NOTHING[name]], name
    assert list(found["by_channel_7d"][0]) == ["web", "app"]


def test_json_has_dates_as_keys_and_decimals_as_text(store: FeatureStore, repository: Path) -> None:
    store.materialize()
    found = document(
        invoke("online", "habits:*", "--entity", "customer=ann", "--repository", repository, "--now", NOW, "--json")
    )
    (row,) = found["rows"]
    assert row["by_due"]["2024-02-20"] == 2
    assert row["last_prices"] == ["7.00", "5.25"]


def test_a_value_whose_square_is_no_double_is_refused_with_its_expression(tmp_path: Path) -> None:
    text = DEFINITIONS.replace("of: pieces, windows: [7d]}", 'of: "exp(pieces)", windows: [7d]}')
    (tmp_path / "features.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "featurestore.yaml").write_text("project: habits\n", encoding="utf-8")
    _write_orders(tmp_path, [(1, "web", 700, "1.00", None), (1, "web", 2, "1.00", None)])
    store = FeatureStore(tmp_path, clock=FixedClock(NOW))
    store.apply()
    with pytest.raises(ValueRangeError, match=r"'exp\(.*pieces.*\)' is no double|square of .*'.*exp.*'"):
        store.get_historical_features(pd.DataFrame({"customer": ["ann"]}), ["habits:pieces_variance_7d"]).to_pandas()
