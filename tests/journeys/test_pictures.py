"""The pictures of docs/semantics.md, on days that one can follow by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.journeys.shop import Shop, bits, frame, online, order, segments

DEFINITIONS: Final = """\
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: known_at
    tiebreak: pieces
    columns: {customer: string, product: bigint, amount: double, pieces: bigint, note: string, known_at: timestamp}
feature_views:
  - name: daily
    entity: customer
    source: orders
    every: 1d
    delay: 1h
    features:
      - {name: spent, agg: sum, of: amount, windows: [2d]}
      - {name: orders, agg: count, windows: [2d]}
      - {name: ever, agg: sum, of: amount}
      - {name: latest, agg: last, of: amount, ttl: 36h}
      - {name: note, agg: last, of: note}
      - {name: note_or_null, agg: last, of: note, nulls: keep}
      - {name: first_note, agg: first, of: note}
  - name: exact
    entity: customer
    source: orders
    every: exact
    delay: 1h
    features:
      - {name: spent, agg: sum, of: amount, windows: [2d]}
      - {name: ever, agg: sum, of: amount}
"""
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (f"2024-03-{day:02}" for day in range(4, 10))
JUST_BEFORE: Final = "00:59:59.999999"


@pytest.fixture
def unbuilt(tmp_path: Path) -> Shop:
    """An order at noon of each day: 1 on Monday, 2 on Tuesday, 4 on Wednesday, 8 on Thursday; and two before 1970."""
    shop = Shop(tmp_path, DEFINITIONS)
    days = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
    shop.land("noons", [order(f"{day}T12:00:00", amount=float(2**place)) for place, day in enumerate(days)])
    shop.land("old", [order("1969-12-30T12:00:00", "old"), order("1969-12-31T12:00:00", "old", 2.0)])
    shop.applied(f"{SATURDAY}T12:00:00")
    return shop


@pytest.fixture(params=["from the source", "from tiles"])
def shop(unbuilt: Shop, request: pytest.FixtureRequest) -> Shop:
    if request.param == "from tiles":
        unbuilt.store(f"{SATURDAY}T12:00:00").materialize(publish=False)
    return unbuilt


def _value(shop: Shop, column: str, at: str, view: str = "daily") -> Any:
    return frame(shop.store(f"{SATURDAY}T12:00:00"), view, ["ann"], at)[0][column]


def test_rows_of_whole_days_before_the_boundary_count_and_the_boundary_moves_when_the_delay_has_passed(
    shop: Shop,
) -> None:
    assert _value(shop, "spent_2d", f"{THURSDAY}T15:00:00") == 2 + 4
    assert _value(shop, "spent_2d", f"{THURSDAY}T{JUST_BEFORE}") == 1 + 2
    assert _value(shop, "spent_2d", f"{THURSDAY}T01:00:00") == 2 + 4
    assert _value(shop, "ever", f"{THURSDAY}T15:00:00") == 1 + 2 + 4


def test_a_value_changes_at_a_boundary_without_a_new_row_and_ends_in_the_value_over_no_rows(shop: Shop) -> None:
    asked = [f"2024-03-{day:02}T01:00:00" for day in (7, 8, 9, 10)]
    assert [_value(shop, "spent_2d", at) for at in asked] == [2 + 4, 4 + 8, 8, None]
    assert [_value(shop, "orders_2d", at) for at in asked] == [2, 2, 1, 0]


def test_exact_windows_slide_and_hold_their_first_instant_but_not_their_last(shop: Shop) -> None:
    at = {
        f"{THURSDAY}T13:00:00": 2 + 4,
        f"{THURSDAY}T12:59:59.999999": 2 + 4,
        f"{THURSDAY}T13:00:00.000001": 4 + 8,
        f"{WEDNESDAY}T13:00:00": 1 + 2,
    }
    assert {instant: _value(shop, "spent_2d", instant, "exact") for instant in at} == at
    assert _value(shop, "ever", f"{THURSDAY}T13:00:00", "exact") == 1 + 2 + 4


def test_a_ttl_is_held_against_the_instant_itself_and_not_the_boundary(shop: Shop) -> None:
    """Wednesday noon is 36 hours old at Friday 00:00; Thursday's order counts from Friday 01:00."""
    assert _value(shop, "latest", f"{FRIDAY}T00:00:00") == 4
    assert _value(shop, "latest", f"{FRIDAY}T00:00:00.000001") is None
    assert _value(shop, "latest", f"{FRIDAY}T01:00:00") == 8


def test_floors_go_down_before_1970(shop: Shop) -> None:
    store = shop.store(f"{SATURDAY}T12:00:00")
    found = frame(store, "daily", ["old"] * 3, ["1969-12-31T00:59:59", "1969-12-31T01:00:00", "1970-01-01T01:00:00"])
    assert [row["ever"] for row in found] == [None, 1.0, 3.0]


def test_last_and_first_take_the_tiebreak_then_the_value_and_pass_over_nulls(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DEFINITIONS)
    noon = f"{MONDAY}T12:00:00"
    notes = [("b", 1), ("z", 0), ("a", 1), (None, 2), ("y", None)]
    shop.land("ties", [order(noon, note=note, pieces=pieces) for note, pieces in notes])
    store = shop.applied(f"{TUESDAY}T12:00:00")
    for materialized in (False, True):
        if materialized:
            store.materialize()
        (row,) = frame(store, "daily", ["ann"], f"{TUESDAY}T12:00:00")
        assert (row["note"], row["note_or_null"], row["first_note"]) == ("b", None, "y")
    assert bits(online(store, "daily", ["ann"])) == bits([row])


def test_a_look_up_is_the_training_row_from_the_boundary_and_its_delay_for_a_whole_hop(unbuilt: Shop) -> None:
    unbuilt.store(f"{FRIDAY}T01:00:00").materialize()
    for at in (f"{FRIDAY}T01:00:00", f"{FRIDAY}T15:00:00", f"{SATURDAY}T{JUST_BEFORE}"):
        store = unbuilt.store(at)
        assert bits(online(store, "daily", ["ann", "bob"])) == bits(frame(store, "daily", ["ann", "bob"], at)), at
    after = unbuilt.store(f"{SATURDAY}T01:00:00")
    assert online(after, "daily", ["ann"])[0]["spent_2d"] == 4 + 8
    assert frame(after, "daily", ["ann"], f"{SATURDAY}T01:00:00")[0]["spent_2d"] == 8


def test_a_late_row_changes_its_segment_and_new_answers_and_nothing_that_was_answered(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DEFINITIONS)
    shop.land("on_time", [order("2024-01-10", amount=1.0), order(f"{THURSDAY}T12:00:00", amount=8.0)])
    served_at, now = f"{FRIDAY}T02:00:00", f"{FRIDAY}T09:00:00"
    shop.applied(served_at).materialize()
    served, kept = online(shop.store(served_at), "daily", ["ann"]), segments(shop.store(served_at), "customer_1d")
    shop.land("late", [order(f"{THURSDAY}T18:00:00", amount=16.0)])
    shop.store(now).materialize()
    store = shop.store(now)
    assert [item in segments(store, "customer_1d") for item in kept] == [True] * (len(kept) - 1) + [False]
    assert len(kept) > 1
    assert served[0]["spent_2d"] == 8
    assert (
        frame(store, "daily", ["ann"], served_at)[0]["spent_2d"] == online(store, "daily", ["ann"])[0]["spent_2d"] == 24
    )
    asked = store.get_features_as_of(served_at, ["daily:*"]).to_arrow().select(["customer"])
    known = store.get_historical_features(asked, ["daily:*"], knowledge=served_at).to_arrow().to_pylist()
    assert bits([{name: value for name, value in known[0].items() if name != "customer"}]) == bits(served)


def test_a_corrected_row_counts_again_unless_dedupe_finds_it_in_the_same_hop(tmp_path: Path) -> None:
    rows = [
        order(f"{MONDAY}T12:00:00", amount=1.0, product=7, pieces=1),
        order(f"{MONDAY}T13:00:00", amount=2.0, product=7, pieces=2),
        order(f"{TUESDAY}T12:00:00", amount=4.0, product=7, pieces=3),
    ]
    dedupe = ("    tiebreak: pieces\n", "    dedupe: {key: [product], by: pieces}\n")
    for definitions, expected in ((DEFINITIONS, 1 + 2 + 4), (DEFINITIONS.replace(*dedupe), 2 + 4)):
        shop = Shop(tmp_path / str(expected), definitions)
        shop.land("orders", rows)
        store = shop.applied(f"{WEDNESDAY}T12:00:00")
        assert frame(store, "daily", ["ann"], f"{WEDNESDAY}T12:00:00")[0]["ever"] == expected
        store.materialize()
        assert online(store, "daily", ["ann"])[0]["ever"] == expected


def test_of_rows_that_are_equally_new_the_greatest_number_counts_and_infinity_is_none(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DEFINITIONS.replace("    tiebreak: pieces\n", "    dedupe: {key: [product], by: pieces}\n"))
    amounts = (3.0, float("inf"), 2.0, float("nan"))
    shop.land("orders", [order(f"{MONDAY}T12:00:00", amount=amount, product=7, pieces=1) for amount in amounts])
    store = shop.applied(f"{WEDNESDAY}T12:00:00")
    assert frame(store, "daily", ["ann"], f"{WEDNESDAY}T12:00:00")[0]["ever"] == 3
