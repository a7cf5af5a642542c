"""What a check found can be said, whatever it is."""

from __future__ import annotations

from typing import get_args

import pytest

from quality.measures import Family
from quality.words import observation_words


@pytest.mark.parametrize("family", get_args(Family))
def test_every_measure_that_may_be_off_has_words(family: Family) -> None:
    figures = {"family": family, "label": "7", "observed": 0.5, "lowest": 0.1, "highest": 0.2, "others": 2}
    said = observation_words("known_at", figures)
    assert "known_at" in said or family == "rows"
    assert said.endswith("; 2 other measures are off too")
    shares = ("50 %", "10 % to 20 %") if family in ("nulls", "share", "until") else ()
    assert all(share in said for share in shares)
