"""Sums of doubles in limbs are the exact ones, whatever the values."""

from __future__ import annotations

import math
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from builders.duckdb import dialect
from builders.duckdb.connection import DuckDBSettings, open_database
from builders.limbs import limbs_for_range, unit
from builders.sql.ast import column, number
from builders.sql.exact_sums import exact_sum, split_into_limbs

DATABASE = open_database(DuckDBSettings(threads=1))
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


def _limbs_of(values: list[float]) -> tuple[int, ...]:
    sizes = [abs(value) for value in values if value]
    return limbs_for_range(min(sizes), max(sizes)) if sizes else (0,)


def _sum(values: list[float], limbs: tuple[int, ...]) -> float | None:
    shares = split_into_limbs(column("value"), limbs, "test")
    totals = ", ".join(
        f'{dialect.sum_of_units([share]).sql(dialect="duckdb")} AS "limb{limb}"' for limb, share in shares.items()
    )
    read = exact_sum({limb: column(f"limb{limb}") for limb in limbs}).sql(dialect="duckdb")
    listed = ", ".join(f"({value!r}::DOUBLE)" for value in values)
    query = f"SELECT {read} FROM (SELECT {totals} FROM (VALUES {listed}) AS given(value))"
    return DATABASE.cursor().execute(query).fetchall()[0][0]


def _nearest(values: list[float]) -> float | None:
    try:
        return math.fsum(values)
    except OverflowError:
        return None


@given(st.lists(DOUBLES, min_size=1, max_size=8))
def test_any_doubles_add_up_exactly(values: list[float]) -> None:
    found, expected = _sum(values, _limbs_of(values)), _nearest(values)
    if expected is None or found is None:
        assert found is None or abs(found) > 1e308
        assert expected is None or abs(expected) > 1e308
    else:
        assert math.isclose(found, expected, rel_tol=2**-51, abs_tol=0.0)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.randoms())
def test_cents_add_up_to_the_nearest_double_in_any_order(cents: list[int], random) -> None:
    values = [cent / 100 for cent in cents]
    shuffled = random.sample(values, len(values))
    assert _sum(values, (0,)) == _sum(shuffled, (0,))
    assert _sum(values, (0,)) == math.fsum(values)


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda x: round(x, 3)), min_size=1, max_size=10))
def test_more_limbs_than_needed_give_the_same_bits(values: list[float]) -> None:
    assert _sum(values, (0,)) == _sum(values, (-1, 0, 1, 2))


def test_one_huge_value_among_cents_leaves_the_cents_alone() -> None:
    assert _sum([1e16, 0.1, 0.2, 0.3, -1e16], _limbs_of([1e16, 0.1])) == math.fsum([0.1, 0.2, 0.3])
    assert _sum([1e308, 0.01, -1e308], _limbs_of([1e308, 0.01])) == 0.01


def test_a_sum_beyond_the_doubles_is_null() -> None:
    assert _sum([1.7e308, 1.7e308], _limbs_of([1.7e308])) is None


@pytest.mark.parametrize("value", [1e-30, 2.0**31, 5e-324, 0.1**9])
def test_a_value_that_limb_0_cannot_hold_is_an_error_that_names_the_slot(value: float) -> None:
    with pytest.raises(duckdb.Error, match="limbs of slot test are too few"):
        _sum([value], (0,))


@given(st.integers(-(10**37), 10**37))
def test_a_digit_and_its_carry_are_unique_and_make_the_limb(limb: int) -> None:
    carry, digit = (
        DATABASE.cursor().execute(f"SELECT carry({limb}::DECIMAL(38,0)), digit({limb}::DECIMAL(38,0))").fetchall()[0]
    )
    assert -(2**89) <= digit < 2**89
    assert int(carry) * 2**90 + int(digit) == limb


@given(st.integers(-(2**89), 2**89))
def test_a_digit_becomes_the_nearest_double(digit: int) -> None:
    query = f"SELECT rounded({digit}::HUGEINT)"
    assert DATABASE.cursor().execute(query).fetchall()[0][0] == float(Fraction(digit))


LIMBS = st.one_of(st.integers(1 - 10**38, 10**38 - 1), st.integers(-(2**91), 2**91))


@given(LIMBS)
def test_one_limb_becomes_the_nearest_double(limb: int) -> None:
    (found,) = _doubles(limb, {0: column("limb")})
    nearest = float(Fraction(limb, 2**70))
    assert found == nearest or (abs(limb) > 2**106 and math.isclose(found, nearest, rel_tol=2**-52))


@given(LIMBS)
def test_further_limbs_do_not_change_a_total_that_one_can_hold(limb: int) -> None:
    zeros = {other: number(0) for other in (-1, 1, 2)}
    alone, *wider = _doubles(limb, {0: column("limb")}, {0: column("limb"), 1: number(0)}, {**zeros, 0: column("limb")})
    assert set(wider) == {alone}


def _doubles(limb: int, *ways: dict[int, exp.Expression]) -> tuple[float, ...]:
    """What becomes of a total in limb 0 in each of the ways to hold it."""
    read = ", ".join(exact_sum(way).sql(dialect="duckdb") for way in ways)
    query = f"SELECT {read} FROM (SELECT {limb}::DECIMAL(38,0) AS limb)"
    return DATABASE.cursor().execute(query).fetchall()[0]


def test_literals_read_back_as_themselves() -> None:
    for value in (2.0**-70, 2.0**920, 1e-300, -3.5):
        text = number(value).sql(dialect="duckdb")
        assert DATABASE.cursor().execute(f"SELECT {text}::DOUBLE").fetchall()[0][0] == value


def test_limbs_lie_on_one_absolute_grid() -> None:
    assert [unit(limb) for limb in (-1, 0, 1)] == [-160, -70, 20]
