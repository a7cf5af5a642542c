"""Each claim of docs/semantics.md leads to a test that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
DEFINED = dict(re.findall(r"^\[([a-z_]+)\]: (.+)$", TEXT, re.M))


@pytest.mark.parametrize("name", sorted(DEFINED))
def test_a_claim_is_held_by_the_test_that_it_names(name: str) -> None:
    found = re.fullmatch(r'\.\./(tests/[a-z_/]+\.py) "(test_[a-z0-9_]+)"', DEFINED[name])
    assert found, DEFINED[name]
    assert f"def {found[2]}(" in (ROOT / found[1]).read_text(encoding="utf-8")


def test_every_mark_leads_somewhere_and_every_test_is_claimed() -> None:
    assert set(re.findall(r"\[✓\]\[([a-z_]+)\]", TEXT)) == set(DEFINED)
    assert len(DEFINED) >= 30
