"""Sixty rebuilds are found for what they are, and none of sixty near misses is taken for one."""

from __future__ import annotations

import pytest

from tests.reuse.pairs import Pair, find_reuse, read_pairs


@pytest.mark.parametrize("pair", read_pairs("rebuilds.yaml"), ids=lambda pair: pair.name)
def test_a_rebuild_is_found(pair: Pair) -> None:
    found = find_reuse(pair.repository)
    assert found is not None
    assert ("exists" if found.exists else "derivable") == pair.is_, found.expression


@pytest.mark.parametrize("pair", read_pairs("near_misses.yaml"), ids=lambda pair: pair.name)
def test_a_near_miss_is_nothing_that_is_there(pair: Pair) -> None:
    found = find_reuse(pair.repository)
    assert found is None, found.expression
