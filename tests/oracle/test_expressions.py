"""The oracle's expressions against SQL's three-valued logic, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.expressions import evaluate


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("amount > 10", {"amount": 10.0}, False),
        ("amount > 10", {"amount": None}, None),
        ("not flag", {"flag": None}, None),
        ("not flag", {"flag": False}, True),
        ("quantity > 2 and flag", {"quantity": None, "flag": False}, False),
        ("quantity > 2 and flag", {"quantity": 3, "flag": None}, None),
        ("quantity > 2 and flag", {"quantity": 3, "flag": True}, True),
        ("amount > 10 or flag", {"amount": None, "flag": True}, True),
        ("amount > 10 or flag", {"amount": 1.0, "flag": None}, None),
        ("amount > 10 or flag", {"amount": 1.0, "flag": False}, False),
        ("amount is null", {"amount": None}, True),
        ("amount * 2", {"amount": 1e308}, None),
        ("amount / quantity", {"amount": 1.0, "quantity": 0}, None),
        ("amount / quantity", {"amount": 1.0, "quantity": -4}, -0.25),
        ("case when flag then amount end", {"flag": None, "amount": 1.0}, None),
        ("channel = 'web'", {"channel": "web"}, True),
    ],
)
def test_expressions_have_three_valued_logic_and_no_unreal_results(
    text: str, values: dict[str, Any], expected: Any
) -> None:
    assert evaluate(text, values) is expected if expected in (None, True, False) else evaluate(text, values) == expected
