"""The oracle against values computed by hand: what the rows that count add up to."""

from __future__ import annotations

import struct
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.oracle.declared import CUSTOMER, at, feature, row, source, value, view
from tests.oracle.values import view_magnitudes, view_values


def test_count_counts_passing_rows_and_with_of_the_values_that_are_not_null() -> None:
    rows = [
        row(0, flag=True, amount=1.0),
        row(0, flag=True),
        row(0, flag=False, amount=2.0),
        row(0, amount=float("nan")),
    ]
    end = at("1970-01-02")
    assert value(view(feature("count")), rows, end) == 4
    assert value(view(feature("count", "amount")), rows, end) == 2
    assert value(view(feature("count", where="flag")), rows, end) == 2
    assert value(view(feature("count", "amount", where="not flag")), rows, end) == 1


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        ([0.1] * 10, 1.0),
        ([1e16, 0.3, -1e16, 0.3], 0.6),
        ([1e308, 1e308, -1e308], 1e308),
        ([1e308, 1e308], None),
        ([5e-324, 5e-324], 1e-323),
        ([float("nan"), float("inf"), 2.5, None], 2.5),
        ([float("nan"), None], None),
    ],
)
def test_a_sum_of_doubles_is_exact_and_rounded_once(amounts: list[float | None], total: float | None) -> None:
    rows = [row(0, amount=amount) for amount in amounts]
    assert value(view(feature("sum", "amount")), rows, at("1970-01-02")) == total


def test_sums_of_integers_booleans_and_decimals_stay_exact() -> None:
    rows = [
        row(0, quantity=2**53, flag=True, price=Decimal("9999999999.99")),
        row(0, quantity=1, flag=False, price=Decimal("0.01")),
        row(0, quantity=None, flag=True, price=Decimal("-0.02")),
    ]
    end = at("1970-01-02")
    assert value(view(feature("sum", "quantity")), rows, end) == 9007199254740993
    assert value(view(feature("sum", "flag")), rows, end) == 2
    assert value(view(feature("sum", "price")), rows, end) == Decimal("9999999999.98")
    assert value(view(feature("mean", "quantity")), rows, end) == 4503599627370496.5
    assert value(view(feature("mean", "flag")), rows, end) == 2 / 3


def test_a_mean_divides_by_the_values_that_are_not_null() -> None:
    rows = [row(0, amount=1.0), row(0, amount=2.0), row(0), row(0, amount=float("inf"))]
    end = at("1970-01-02")
    assert value(view(feature("mean", "amount")), rows, end) == 1.5
    assert value(view(feature("mean", "amount > 10")), rows, end) == 0.0
    assert value(view(feature("mean", "amount", where="amount > 10")), rows, end) is None
    assert view_magnitudes(source(), CUSTOMER, view(feature("mean", "amount")), rows, ("a",), end) == {
        "f": (Fraction(1), Fraction(2))
    }


def test_min_and_max_skip_null_and_what_is_no_number() -> None:
    amounts = [3.0, -1e308, None, float("nan"), float("-inf"), 7.5]
    rows = [row(0, amount=amount) for amount in amounts]
    assert value(view(feature("min", "amount")), rows, at("1970-01-02")) == -1e308
    assert value(view(feature("max", "amount")), rows, at("1970-01-02")) == 7.5


def test_last_orders_by_timestamp_then_tiebreak_then_value() -> None:
    end = at("1970-01-02")
    assert value(view(feature("last", "quantity")), [row(1, quantity=1), row(0, quantity=9)], end) == 1
    assert value(view(feature("last", "quantity")), [row(0, quantity=5), row(0, quantity=3)], end) == 5
    rows = [row(0, sequence=None, quantity=9), row(0, sequence=1, quantity=1), row(0, sequence=0, quantity=5)]
    tied = view_values(source(tiebreak="sequence"), CUSTOMER, view(feature("last", "quantity")), rows, ("a",), end)
    assert tied == {"f": 1}


def test_last_skips_nulls_unless_told_to_keep_them() -> None:
    rows = [row(0, quantity=5), row(1), row(2, quantity=7, flag=False)]
    end = at("1970-01-02")
    assert value(view(feature("last", "quantity")), rows[:2], end) == 5
    assert value(view(feature("last", "quantity", nulls="keep")), rows[:2], end) is None
    assert value(view(feature("last", "quantity", nulls="keep")), rows, end) == 7
    assert value(view(feature("last", "quantity", where="flag")), rows, end) is None
    tie = [row(0), row(0, quantity=-1)]
    assert value(view(feature("last", "quantity", nulls="keep")), tie, end) == -1


def test_a_ttl_is_measured_from_the_instant_itself() -> None:
    rows = [row(at("2024-03-01T10:00:00"), quantity=1)]
    living = view(feature("last", "quantity", ttl="36h"))
    assert value(living, rows, at("2024-03-02T00:00:00")) == 1
    assert value(living, rows, at("2024-03-02T22:00:00")) == 1
    assert value(living, rows, at("2024-03-02T22:00:00", 1)) is None


def test_a_sum_that_is_zero_is_a_positive_zero() -> None:
    total = value(view(feature("sum", "amount")), [row(0, amount=-0.0)], at("1970-01-02"))
    assert struct.pack(">d", total) == struct.pack(">d", 0.0)


def test_first_is_the_earliest_of_the_window_in_the_order_that_last_ends_with() -> None:
    end = at("1970-01-03")
    rows = [row(1, quantity=1), row(0, quantity=9), row(0, quantity=7), row(at("1970-01-02"), quantity=4)]
    assert value(view(feature("first", "quantity")), rows, end) == 7
    assert value(view(feature("first", "quantity", windows=["1d"])), rows, end) == 4
    tied = [row(0, sequence=None, quantity=9), row(0, sequence=1, quantity=1), row(0, sequence=0, quantity=5)]
    first = view_values(source(tiebreak="sequence"), CUSTOMER, view(feature("first", "quantity")), tied, ("a",), end)
    assert first == {"f": 9}
    nulls = [row(0), row(0, quantity=3), row(1, quantity=2)]
    assert value(view(feature("first", "quantity")), nulls, end) == 3
    assert value(view(feature("first", "quantity", nulls="keep")), nulls, end) is None


def test_a_variance_is_that_of_a_sample_and_one_value_has_none() -> None:
    rows = [row(0, quantity=2), row(0, quantity=4), row(0, quantity=9), row(0)]
    end = at("1970-01-02")
    assert value(view(feature("variance", "quantity")), rows, end) == 13.0
    assert value(view(feature("stddev", "quantity")), rows, end) == pytest.approx(13.0**0.5, rel=1e-15)
    assert value(view(feature("variance", "quantity")), rows[:1], end) is None


def test_a_quantile_is_the_value_of_its_rank_whatever_a_double_makes_of_the_share() -> None:
    rows = [row(0, quantity=number) for number in range(1, 101)]
    end = at("1970-01-02")
    for share, expected in ((0.07, 7.0), (0.5, 50.0), (0.95, 95.0), (0.951, 96.0), (0.001, 1.0)):
        assert value(view(feature("quantile", "quantity", quantile=share)), rows, end) == expected


def test_distinct_values_are_counted_without_nulls_and_of_nothing_are_none() -> None:
    rows = [row(0, channel=channel) for channel in ("web", "app", "web", None, "")]
    assert value(view(feature("count_distinct", "channel")), rows, at("1970-01-02")) == 3
    assert value(view(feature("count_distinct", "channel")), [], at("1970-01-02")) == 0


def test_the_last_n_are_in_the_order_of_last_the_latest_first() -> None:
    rows = [row(0, quantity=1), row(5, quantity=3), row(5, quantity=2), row(9), row(2, quantity=7)]
    assert value(view(feature("last_n", "quantity", n=3)), rows, at("1970-01-02")) == [3, 2, 7]
    assert value(view(feature("last_n", "quantity", n=20)), rows, at("1970-01-02")) == [3, 2, 7, 1]
    assert value(view(feature("last_n", "quantity", n=3)), [row(0)], at("1970-01-02")) is None


def test_values_are_listed_by_how_often_they_occur_and_then_by_themselves() -> None:
    rows = [row(0, channel=channel) for channel in ("b", "a", "c", "b", "c", None, None, None)]
    end = at("1970-01-02")
    assert value(view(feature("most_frequent", "channel", n=2)), rows, end) == ["b", "c"]
    by_channel = feature("count", by="channel", top=3)
    assert value(view(by_channel), rows, end) == [("b", 2), ("c", 2), ("a", 1)]
    assert value(view(by_channel), [], end) is None
