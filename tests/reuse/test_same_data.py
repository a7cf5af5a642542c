"""Columns that carry the same data are found by their values, and none that only correlates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from featurestore.reuse.same_values import is_same_data, nominates
from tests.reuse.same_data_company import write_same_data_company

RANDOM = np.random.default_rng(3)
VALUES = RANDOM.integers(0, 200, 400).astype(float)
NOTHING = np.where(RANDOM.random(400) < 0.2, np.nan, VALUES)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (VALUES * 100, True),
        (-VALUES, True),
        (np.log1p(VALUES), True),
        (VALUES * (1 + 1e-12), True),
        (VALUES + RANDOM.normal(0, 1e-3, 400), False),
        (VALUES // 2, False),
        (np.where(np.equal(VALUES, VALUES[0]), VALUES + 0.5, VALUES), True),
        (np.where(np.arange(400) == 7, VALUES + 1.5, VALUES), False),
        (RANDOM.permutation(VALUES), False),
    ],
    ids=["cents", "negated", "log", "rounded", "noise", "halved", "one value moved", "one row moved", "shuffled"],
)
def test_only_a_strictly_monotone_map_makes_two_columns_one(other: np.ndarray, same: bool) -> None:
    assert is_same_data(VALUES, other) is same
    assert is_same_data(other, VALUES) is same


def test_nulls_meet_nulls_or_one_value_that_is_nowhere_else() -> None:
    assert is_same_data(NOTHING, NOTHING * 3)
    assert is_same_data(NOTHING, np.where(np.isnan(NOTHING), -1.0, NOTHING))
    assert not is_same_data(NOTHING, np.where(np.isnan(NOTHING), VALUES[0], VALUES))


def test_few_values_say_nothing() -> None:
    few = RANDOM.integers(0, 5, 400).astype(float)
    assert not is_same_data(few, few * 2)
    assert not nominates(np.full(400, np.nan), VALUES)


def test_duplicates_through_other_files_units_and_hours_are_found_and_nothing_that_only_correlates(
    tmp_path: Path,
) -> None:
    store = write_same_data_company(tmp_path / "company")
    found = store.plan(sample=True).same_data
    assert found is not None
    claimed = {each.column.partition(":")[0] for each in found}
    assert claimed <= {"same", "same_by_hour"}, [each for each in found if each.column.startswith("other")]
    assert len({each.column for each in found}) >= 36
