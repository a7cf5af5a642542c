from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.errors import RequestError
from quality.reference import HOURS, Reference, reference_of_hours, reference_of_numbers, reference_of_texts

NUMBERS = st.lists(st.one_of(st.integers(-5, 5).map(float), st.floats(-1e12, 1e12)), min_size=1, max_size=200)


def bin_of(value: float, edges: tuple[float, ...]) -> int:
    """As it is said of the statistic `bins`."""
    return sum(value > edge for edge in edges)


@given(NUMBERS)
def test_edges_rise_and_shares_are_those_of_the_sample(sample: list[float]) -> None:
    reference = reference_of_numbers(sample)
    assert all(low < high for low, high in zip(reference.edges, reference.edges[1:], strict=False))
    counts = [0] * (len(reference.edges) + 1)
    for value in sample:
        counts[bin_of(value, reference.edges)] += 1
    assert reference.shares == pytest.approx([count / len(sample) for count in counts])
    assert reference.rows == len(sample)


@given(NUMBERS)
def test_the_order_of_the_sample_does_not_matter(sample: list[float]) -> None:
    assert reference_of_numbers(sample) == reference_of_numbers(sample[::-1])


@given(NUMBERS)
def test_a_reference_survives_json(sample: list[float]) -> None:
    for reference in (reference_of_numbers(sample), reference_of_texts([str(value) for value in sample])):
        assert Reference.from_dict(json.loads(json.dumps(reference.as_dict()))) == reference


def test_twenty_bins_of_values_without_ties_hold_about_as_much_each() -> None:
    reference = reference_of_numbers(np.random.default_rng(1).normal(size=20_000))
    assert len(reference.edges) == 21
    assert reference.shares[2:-2] == pytest.approx([0.05] * 18, abs=0.001)
    assert reference.shares[0] == pytest.approx(0.01, abs=0.001)


def test_zeros_that_are_nine_of_ten_values_get_a_bin_of_their_own() -> None:
    random = np.random.default_rng(1)
    reference = reference_of_numbers(np.where(random.uniform(size=5_000) < 0.9, 0.0, random.normal(size=5_000)))
    of_zero = bin_of(0.0, reference.edges)
    assert reference.shares[of_zero] == pytest.approx(0.9, abs=0.01)
    assert bin_of(-0.01, reference.edges) < of_zero < bin_of(0.01, reference.edges)
    assert len(reference.edges) >= 6


def test_a_column_of_one_value_tells_what_is_below_and_above_it() -> None:
    edges = reference_of_numbers([7.0] * 100).edges
    assert [bin_of(value, edges) for value in (6.9, 7.0, 7.1)] == [0, 1, 2]


def test_small_counts_get_a_bin_each() -> None:
    reference = reference_of_numbers(np.repeat(np.arange(5.0), [50, 30, 10, 8, 2]))
    assert [bin_of(value, reference.edges) for value in (0, 1, 2, 3)] == [1, 2, 3, 4]


def test_what_is_no_number_is_left_out() -> None:
    assert reference_of_numbers([1.0, 2.0, np.nan, np.inf]) == reference_of_numbers([1.0, 2.0])


@pytest.mark.parametrize("make", [reference_of_numbers, reference_of_texts, reference_of_hours])
def test_a_sample_without_values_makes_no_reference(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RequestError, match="the sample has none"):
        make([])


def test_texts_beyond_the_most_frequent_are_counted_together() -> None:
    reference = reference_of_texts(["b", "a", "b", "c", None, "a", "d"], categories=2)
    assert reference.values == ("a", "b")
    assert reference.shares == pytest.approx([2 / 6, 2 / 6, 2 / 6])
    assert reference.rows == 6


def test_hours_are_those_of_the_day() -> None:
    reference = reference_of_hours(["0", "0", "1", "23"])
    assert reference.values == HOURS
    assert (reference.shares[0], reference.shares[1], reference.shares[23]) == (0.5, 0.25, 0.25)
