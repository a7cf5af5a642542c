"""A small piece of `tests/benchmarks/quality_calibration.py`, which has the figures."""

from __future__ import annotations

from tests.benchmarks.clean_sources import Size
from tests.benchmarks.quality_calibration import judge_clean


def test_clean_features_that_come_through_the_store_have_hardly_any_findings() -> None:
    """Of 2,000 feature-boundaries, about 300 feature-weeks, a third of a finding is the goal."""
    judged = judge_clean(9, Size(entities=120, asked=100, boundaries=52))
    assert judged.boundaries > 2_000
    assert judged.findings <= 1
