"""Data and questions that do not fit: each a clear error, or a right answer, and everything stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from definitions.errors import RequestError, SourceError, ValueRangeError
from tests.journeys.shop import ONE_VIEW, SCHEMA, Shop, frame, online, order, segments, state_of

NOW = "2024-04-02T05:00:00"
EARLIER = "2024-03-05T05:00:00"
DAILY = ["customer_daily:*"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("early", [order("2024-02-01", "ann", 2.0), order("2024-03-01", "ann", 3.0)])
    return shop


def _spine(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"customer": ["ann"], "event_timestamp": pd.to_datetime(["2024-03-02T10:00"]), **columns})


def _truncate(shop: Shop) -> None:
    file = shop.land("new", [order("2024-03-20", f"c{number}") for number in range(1000)])
    file.write_bytes(file.read_bytes()[:-40])


def _damage(shop: Shop) -> None:
    """Good at both ends, torn in the middle."""
    file = shop.land("new", [order("2024-03-20", f"c{number}" * 9, number * 0.37) for number in range(5000)])
    held = file.read_bytes()
    file.write_bytes(held[:4] + bytes(len(held) // 2) + held[4 + len(held) // 2 :])


def _without_column(shop: Shop) -> None:
    shop.land_table("new", pa.Table.from_pylist([order("2024-03-20")], SCHEMA).drop_columns(["amount"]))


def _with_another_type(shop: Shop) -> None:
    table = pa.Table.from_pylist([order("2024-03-20")], SCHEMA)
    shop.land_table("new", table.set_column(2, "amount", pa.array(["much"])))


def _no_files(shop: Shop) -> None:
    for file in (shop.folder / "data" / "orders").iterdir():
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_truncate, "new.parquet"),
        (_damage, "orders.*damaged"),
        (lambda shop: (shop.folder / "data" / "orders" / "new.parquet").write_text("no Parquet"), "new.parquet"),
        (_without_column, "amount"),
        (_with_another_type, "amount"),
        (_no_files, "orders"),
    ],
    ids=["truncated", "damaged", "not Parquet", "missing column", "another type", "no files"],
)
def test_a_source_that_cannot_be_read_is_named_and_nothing_changes(
    shop: Shop, spoil: Callable[[Shop], object], says: str
) -> None:
    shop.applied(EARLIER).materialize()
    served = online(shop.store(EARLIER), "customer_daily", ["ann"])
    before = (segments(shop.store(EARLIER)), state_of(shop.folder))
    spoil(shop)
    with pytest.raises(SourceError, match=says):
        shop.store(NOW).materialize()
    assert (segments(shop.store(EARLIER)), state_of(shop.folder)) == before
    assert online(shop.store(EARLIER), "customer_daily", ["ann"]) == served


def test_a_sum_that_leaves_bigint_names_its_feature_and_changes_nothing(shop: Shop) -> None:
    shop.change(("{name: largest, agg: max, of: amount,", "{name: huge, agg: sum, of: pieces,"))
    shop.land("huge", [order("2024-03-01", pieces=2**62), order("2024-03-02", pieces=2**62)])
    store = shop.applied(NOW)
    with pytest.raises(ValueRangeError, match="huge_7d"):
        frame(store, "customer_daily", ["ann"], "2024-03-04")
    assert frame(store, "customer_daily", ["ann"], "2024-03-02T05:00:00")[0]["huge_7d"] == 2**62 + 1
    with pytest.raises(ValueRangeError, match="huge_7d"):
        shop.store("2024-03-04T05:00:00").materialize()


@pytest.mark.parametrize(
    ("spine", "says"),
    [
        (_spine(orders_1d=[1]), "orders_1d"),
        (_spine().drop(columns=["customer"]), "customer"),
        (_spine(__row=[1]), "__row"),
        (_spine(event_timestamp=pd.to_datetime([None])), "row 0"),
        (_spine(event_timestamp=["2024-03-02"]), "event_timestamp"),
        (pd.concat([_spine(), _spine()[["customer"]]], axis=1), "customer"),
        (_spine(customer=[7]), "customer"),
        (_spine().rename(columns={"event_timestamp": "when"}), "when"),
        ("nowhere.parquet", "nowhere.parquet"),
        ([{"customer": "ann"}], "list"),
    ],
    ids=[
        *("clashing column", "no key column", "reserved name", "null timestamp", "text timestamp"),
        *("duplicate column", "another key type", "other timestamp name", "no file", "a list"),
    ],
)
def test_an_entity_dataframe_that_does_not_fit_is_refused_by_name(shop: Shop, spine: Any, says: str) -> None:
    store = shop.applied(NOW)
    with pytest.raises(RequestError, match=says):
        store.get_historical_features(spine, DAILY).to_pandas()


def test_the_row_of_a_missing_timestamp_is_said(shop: Shop) -> None:
    spine = pd.concat([_spine(), _spine(event_timestamp=pd.to_datetime([None]))])
    with pytest.raises(RequestError, match=r"row 1 .*event_timestamp"):
        shop.applied(NOW).get_historical_features(spine, DAILY).to_pandas()


@pytest.mark.parametrize("at", ["0001-01-01", "1969-12-31T23:59:59.999999", "2001-01-01"])
def test_an_instant_before_any_data_has_the_values_over_no_rows(shop: Shop, at: str) -> None:
    (row,) = frame(shop.applied(NOW), "customer_daily", ["ann"], at)
    assert {name for name, value in row.items() if value is not None} == {"orders_1d", "orders_7d", "orders_60d"}
    assert row["orders_60d"] == 0


KEYS = [
    "a,b", "a|b", "a:b", "a\x00b", "a\x00", "a", 'a"b', "a'b", "a\\b", "a\nb", "", " ", " a", "A", "é", "e\u0301",
    "🛫🧳", "'; DROP TABLE online_rows; --", "\" OR 1=1 --", "NULL", "null", "%", "a_b", "{}", "$1", "?", "\u202e", "ﬀ",
]  # fmt: skip


def test_awkward_keys_each_have_their_own_rows_offline_and_online(shop: Shop) -> None:
    shop.land("keys", [order("2024-03-31", key, float(number)) for number, key in enumerate(KEYS, start=1)])
    store = shop.applied(NOW)
    expected = [float(number) for number in range(1, len(KEYS) + 1)]
    assert [row["spent_7d"] for row in frame(store, "customer_daily", KEYS, NOW)] == expected
    store.materialize()
    assert [row["spent_7d"] for row in frame(store, "customer_daily", KEYS, NOW)] == expected
    assert [row["spent_7d"] for row in online(shop.store(NOW), "customer_daily", KEYS)] == expected
    listed = store.get_features_as_of(NOW, DAILY).to_arrow()
    assert set(listed.column("customer").to_pylist()) == {*KEYS, "ann"}


def test_keys_of_two_parts_never_run_into_each_other(shop: Shop) -> None:
    shop.change(
        ("keys: {customer: string}", "keys: {customer: string, note: string}"),
        ("      - {name: note, agg: last, of: note, ttl: 30d}\n", ""),
    )
    pairs = [("a", "bc"), ("ab", "c"), ("a,b", "c"), ("a", "b,c"), ("", "abc"), ("abc", "")]
    pairs += [("a\x00", "b"), ("a", "\x00b"), ("a'", "b"), ("a", "'b")]
    shop.land("pairs", [order("2024-03-31", one, float(n), note=two) for n, (one, two) in enumerate(pairs, start=1)])
    store = shop.applied(NOW)
    store.materialize()
    rows = [{"customer": one, "note": two} for one, two in pairs]
    expected = [float(number) for number in range(1, len(pairs) + 1)]
    assert store.get_online_features(["customer_daily:spent_7d"], rows).to_dict()["spent_7d"] == expected
    spine = pd.DataFrame(rows).assign(event_timestamp=pd.Timestamp(NOW))
    trained = store.get_historical_features(spine, ["customer_daily:spent_7d"]).to_pandas()
    assert trained["spent_7d"].tolist() == expected


def test_a_key_of_a_megabyte_is_a_key(shop: Shop) -> None:
    huge = ["x" * 1_000_000, "x" * 999_999 + "y"]
    shop.land("huge", [order("2024-03-31", huge[0], 1.0), order("2024-03-31", huge[1], 2.0)])
    store = shop.applied(NOW)
    store.materialize()
    assert [row["spent_7d"] for row in online(shop.store(NOW), "customer_daily", huge)] == [1.0, 2.0]
    assert [row["spent_7d"] for row in frame(store, "customer_daily", huge, NOW)] == [1.0, 2.0]


def test_rows_without_key_or_timestamp_are_dropped_and_counted(shop: Shop) -> None:
    without = {**order("2024-03-31", "ann", 50.0), "known_at": None}
    shop.land("holes", [{**order("2024-03-31"), "customer": None}, without, order("2024-03-31", "ann", 4.0)])
    report = shop.applied(NOW).materialize().tables[0]
    assert (report.null_keys, report.null_timestamps) == (1, 1)
    store = shop.store(NOW)
    assert online(store, "customer_daily", ["ann"])[0]["spent_7d"] == 4.0
    nobody = online(store, "customer_daily", [None])
    assert nobody == frame(store, "customer_daily", [None], NOW) and nobody[0]["orders_60d"] == 0


def test_values_that_cannot_be_computed_are_null_and_counted(shop: Shop) -> None:
    shop.change(("{name: largest, agg: max, of: amount,", '{name: each, agg: sum, of: "amount / pieces",'))
    pairs = [(8.0, 2), (8.0, 0), (1e308, 1), (float("nan"), 1), (float("inf"), 1), (None, 1)]
    shop.land("odd", [order("2024-03-31", "odd", amount, pieces=pieces) for amount, pieces in pairs])
    report = shop.applied(NOW).materialize().tables[0]
    counted = {name.partition("_")[0]: count for name, count in report.invalid.items() if "pieces" in name}
    assert counted == {"sum": 3}, "a null is no error"
    assert online(shop.store(NOW), "customer_daily", ["odd"])[0]["each_7d"] == 4.0 + 1e308


def test_questions_for_what_is_not_there_are_answered_with_a_suggestion(shop: Shop) -> None:
    shop.declare(ONE_VIEW + '\nfeature_services:\n  - {name: next_order, features: ["customer_daily:*"]}\n')
    store = shop.applied(NOW)
    spine = _spine()
    for features, says in (
        (["customer_dayly:*"], "customer_daily"),
        (["customer_daily:orders_7"], "orders_7d"),
        ("nextorder", "next_order"),
        (["orders_7d"], "view:column"),
        ([], "no features"),
    ):
        with pytest.raises(RequestError, match=says):
            store.get_historical_features(spine, features)
    with pytest.raises(RequestError, match="customer_daily"):
        store.materialize(views=["customer_dayly"])


def test_look_ups_of_what_is_not_online_say_what_to_do(shop: Shop) -> None:
    store = shop.applied(NOW)
    with pytest.raises(RequestError, match="materialize"):
        store.get_online_features(DAILY, [{"customer": "ann"}])
    store.materialize()
    for features, row, says in (
        (DAILY, {"client": "ann"}, "row 0 has no 'customer'"),
        (DAILY, {"customer": 7}, "customer"),
        (["customer_daily:orders_7"], {"customer": "ann"}, "orders_7d"),
        (["customer_dayly:*"], {"customer": "ann"}, "customer_dayly"),
        ("next_order", {"customer": "ann"}, "next_order"),
    ):
        with pytest.raises(RequestError, match=says):
            store.get_online_features(features, [row])


def test_nothing_applied_is_said_with_the_command_to_run(shop: Shop) -> None:
    for action in (
        lambda: shop.store(NOW).materialize(),
        lambda: shop.store(NOW).get_historical_features(_spine(), DAILY),
    ):
        with pytest.raises(RequestError, match="featurestore apply"):
            action()
