"""Profiles tell what rows and values are like, and nothing of people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.featurestore.checks.deliveries import USERS, Deliveries, orders_of, spent_by


@pytest.fixture
def shop(tmp_path: Path) -> Deliveries:
    shop = Deliveries(tmp_path)
    shop.declare(user="{type: string, pii: [account]}")
    shop.deliver_all(range(10))
    shop.stand_after(9)
    shop.store().materialize()
    return shop


def test_a_profile_has_the_rows_of_sources_and_the_values_of_all_entities(shop: Deliveries) -> None:
    orders, spending = shop.store().checks.profile("spending")
    assert (orders.name, orders.of, orders.rows) == ("orders", "2024-01-01 to 2024-01-10", 600)
    rows = [row for day in range(10) for row in orders_of(day)]
    amounts = sorted(row["amount"] for row in rows)
    by_name = {each.column: each for each in orders.columns}
    assert by_name["amount"].mean == pytest.approx(sum(amounts) / len(amounts), rel=0.02)
    low, middle, high = by_name["amount"].quantiles
    assert (low, middle, high) == pytest.approx((amounts[30], amounts[300], amounts[570]), abs=3)
    basel = sum(row["city"] == "Basel" for row in rows) / len(rows)
    assert by_name["city"].frequent[0] == ("Basel", pytest.approx(basel))
    assert spending.rows == len(USERS)
    spent = {each.column: each for each in spending.columns}["spent_1d"]
    assert spent.nulls == 0
    assert spent.mean == pytest.approx(sum(spent_by(user, [9]) for user in USERS) / len(USERS), rel=0.05)


def test_of_a_personal_column_only_rows_and_nulls_are_told(shop: Deliveries) -> None:
    orders, _ = shop.store().checks.profile("spending")
    (user,) = (each for each in orders.columns if each.column == "user")
    assert (user.rows, user.nulls, user.mean, user.quantiles, user.frequent) == (600, 0, None, (None,) * 3, ())
    assert not any(name in repr(orders) for name in USERS)


def test_missing_values_are_counted(shop: Deliveries) -> None:
    shop.deliver(9, lambda rows: [{**row, "city": None} for row in rows[:15]] + rows[15:])
    orders, _ = shop.store().checks.profile("spending")
    (city,) = (each for each in orders.columns if each.column == "city")
    assert (city.rows, city.nulls) == (600, 15)
