"""Sixty rebuilds are found for what they are, and none of sixty near misses is taken for one."""

from __future__ import annotations

import pytest

from tests.reuse.pairs import Pair, find_reuse, pair_of, read_pairs


@pytest.mark.parametrize("pair", read_pairs("rebuilds.yaml"), ids=lambda pair: pair.name)
def test_a_rebuild_is_found(pair: Pair) -> None:
    found = find_reuse(pair.repository)
    assert found is not None
    assert ("exists" if found.exists else "derivable") == pair.is_, found.expression


@pytest.mark.parametrize("of", ["quantity * 10000000000", "units * 2", "-units", "units + 1"])
def test_an_integer_that_may_leave_its_type_is_not_scaled(of: str) -> None:
    column = "quantity" if "quantity" in of else "units"
    there = [{"agg": agg, "of": column} for agg in ("max", "min")]
    pair = pair_of({"name": of, "have": there, "want": {"agg": "max", "of": of}})
    assert find_reuse(pair.repository) is None


@pytest.mark.parametrize("pair", read_pairs("near_misses.yaml"), ids=lambda pair: pair.name)
def test_a_near_miss_is_nothing_that_is_there(pair: Pair) -> None:
    found = find_reuse(pair.repository)
    assert found is None, found.expression
