"""The variance from exact sums is that of exact arithmetic, also where the values hardly vary."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.duckdb import dialect
from builders.duckdb.connection import DuckDBSettings, open_database
from builders.limbs import limbs_for_range, limbs_for_squares
from builders.sql.ast import column
from builders.sql.exact_sums import split_into_limbs, square, square_rest, variance

DATABASE = open_database(DuckDBSettings(threads=1))
MODERATE = st.floats(-1e60, 1e60, allow_nan=False).map(lambda value: 0.0 if abs(value) < 1e-60 else value)


def _variance(values: list[float]) -> float | None:
    sizes = [abs(value) for value in values if value] or [1.0]
    of_sums = limbs_for_range(min(sizes), max(sizes))
    of_squares = limbs_for_squares(min(sizes), max(sizes))
    head = split_into_limbs(square(column("value")), of_squares, "test")
    rest = split_into_limbs(square_rest(column("value")), of_squares, "test")
    shares = {f"square{limb}": [head[limb], rest[limb]] for limb in of_squares}
    plain = split_into_limbs(column("value"), of_sums, "test")
    shares |= {f"sum{limb}": [share] for limb, share in plain.items()}
    totals = ", ".join(f'{dialect.sum_of_units(parts).sql("duckdb")} AS "{name}"' for name, parts in shares.items())
    read = variance(
        column("n"),
        {limb: column(f"square{limb}") for limb in of_squares},
        {limb: column(f"sum{limb}") for limb in of_sums},
    ).sql("duckdb")
    listed = ", ".join(f"({value!r}::DOUBLE)" for value in values)
    query = f"SELECT {read} FROM (SELECT count(*) AS n, {totals} FROM (VALUES {listed}) AS given(value))"
    return DATABASE.cursor().execute(query).fetchall()[0][0]


def _exact(values: list[float]) -> Fraction:
    numbers = [Fraction(value) for value in values]
    mean = sum(numbers) / len(numbers)
    return sum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)


@given(st.lists(MODERATE, min_size=2, max_size=8))
def test_the_variance_of_any_doubles_is_the_exact_one_to_nine_digits(values: list[float]) -> None:
    found, expected = _variance(values), _exact(values)
    assert found is not None
    lost = max(Fraction(value) ** 2 for value in values) / 2**98
    assert abs(Fraction(found) - expected) <= expected / 10**9 + lost


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20), st.sampled_from([0.0, 1e6, -1e9]))
def test_a_small_spread_around_a_large_mean_is_not_lost(steps: list[int], mean: float) -> None:
    values = [mean + step / 1024 for step in steps]
    expected = _exact(values)
    assert abs(Fraction(_variance(values)) - expected) <= expected / 10**12


@pytest.mark.parametrize("size", [5e-324, 1e-170, 1e-163])
def test_values_whose_squares_are_below_the_doubles_do_not_vary(size: float) -> None:
    assert _variance([size, -size, 0.0]) == 0.0
    assert _variance([size, -size, 2.0]) == _variance([0.0, 0.0, 2.0])


def test_equal_values_do_not_vary_and_one_alone_has_no_variance() -> None:
    assert _variance([0.1] * 7) == 0.0
    assert _variance([1234.56789] * 3) == 0.0
    assert _variance([0.1]) is None
