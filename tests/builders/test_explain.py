"""What is far from what was expected is marked."""

from __future__ import annotations

import pytest

from builders.engine import NodeRows
from builders.explain import ExplainedStep, explain_plan
from tests.builders.planning import ARRIVALS, plan, requested


@pytest.mark.parametrize(
    ("expected", "found", "is_off"),
    [
        (2_000, 2_000, False),
        (2_000, 5_999, False),
        (2_000, 6_000, True),
        (2_000, 667, False),
        (2_000, 666, True),
        (0, 1_000, True),
        (1_000, 0, True),
        (1, 999, False),
        (None, 10_000, False),
        (10_000, None, False),
    ],
)
def test_a_step_of_many_rows_is_off_from_a_factor_of_three(
    expected: int | None, found: int | None, is_off: bool
) -> None:
    assert ExplainedStep("step", "words", expected, found).is_off is is_off


def test_expected_and_found_rows_stand_side_by_side_and_what_is_off_is_marked() -> None:
    planned = plan(requested(ARRIVALS))
    told = explain_plan(planned, "", [NodeRows("spine", 1_000), NodeRows("frame", 9_000)])
    lines = told.text.splitlines()
    (spine,) = [line for line in lines if "  spine: " in line]
    (frame,) = [line for line in lines if "  frame: " in line]
    assert spine.split()[:4] == ["1,000", "1,000", "1.00", "spine:"]
    assert frame.split()[:5] == ["1,000", "9,000", "!", "9.00", "frame:"]
    assert any("off by 3 times or more" in line for line in lines)
    off = [step["step"] for step in told.document["steps"] if step["off"]]
    assert off == ["frame"]


def test_what_a_join_brings_together_is_a_line_of_its_own() -> None:
    planned = plan(requested(ARRIVALS), "tile join")
    (step,) = [step for step in explain_plan(planned, "", []).steps if step.name.endswith(" (candidates)")]
    assert step.expected is not None and step.expected > 1_000
    assert (step.found, step.factor, step.is_off) == (None, None, False)


def test_without_a_run_only_what_is_expected_is_shown() -> None:
    text = explain_plan(plan(requested(ARRIVALS)), "", []).text
    assert "expected" in text and "found" not in text and "factor" not in text
