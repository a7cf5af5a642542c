"""What features are looked at as, on scales that are frozen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from featurestore.valuation.columns import Scale, columns_of_numbers, columns_of_texts, scale_of_numbers, scale_of_texts


def test_numbers_are_scores_of_their_ranks_whatever_their_tails() -> None:
    values = np.random.default_rng(1).standard_normal(5_000)
    plain = columns_of_numbers(scale_of_numbers(values), values)
    skewed = columns_of_numbers(scale_of_numbers(np.exp(5 * values)), np.exp(5 * values))
    assert plain == pytest.approx(skewed)
    assert np.corrcoef(plain[:, 0], values)[0, 1] > 0.999


def test_a_scale_stays_as_it_was_frozen() -> None:
    scale = scale_of_numbers(np.arange(1000.0))
    later = columns_of_numbers(scale, np.array([-1e9, 500.0, 1e9]))
    assert later[0, 0] == pytest.approx(-later[2, 0])
    assert abs(later[1, 0]) < 0.01
    assert Scale.from_dict(json.loads(json.dumps(scale.as_dict()))) == scale


def test_values_that_many_rows_share_have_the_middle_of_their_ranks() -> None:
    values = np.array([0.0] * 90 + [5.0] * 10)
    columns = columns_of_numbers(scale_of_numbers(values), values)
    assert columns[0, 0] == pytest.approx(-0.126, abs=0.01)
    assert columns[-1, 0] == pytest.approx(1.645, abs=0.01)


def test_missing_values_have_a_column_of_their_own_if_there_were_any_when_the_scale_was_frozen() -> None:
    scale = scale_of_numbers(np.array([*range(10), np.nan]))
    columns = columns_of_numbers(scale, np.array([1.0, np.nan, np.inf]))
    assert columns[:, 1].tolist() == [0, 1, 1]
    assert columns[1:, 0].tolist() == [0, 0]
    assert columns_of_numbers(scale, np.array([1.0, 2.0])).shape == (2, 2)
    assert columns_of_numbers(scale_of_numbers(np.arange(10.0)), np.array([1.0, np.nan]))[:, 0].tolist()[1:] == [0]


def test_frequent_texts_have_a_column_each() -> None:
    scale = scale_of_texts(["b", "a", "b", None])
    assert scale.values == ("b", "a")
    assert columns_of_texts(scale, ["a", "c", None]).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]
    many = scale_of_texts([f"{number:02d}" for number in range(50)])
    assert len(many.values) == 20


def test_a_feature_without_values_has_only_missing_ones() -> None:
    nothing = np.full(3, np.nan)
    assert columns_of_numbers(scale_of_numbers(nothing), nothing).tolist() == [[0, 1]] * 3
    assert columns_of_texts(scale_of_texts([None]), [None]).tolist() == [[1]]
