"""The committed reference is what its generator writes now."""

from __future__ import annotations

import pytest

from docs.generate_reference import ROOT, generate_reference
from featurestore.cli.main import COMMANDS

GENERATED = generate_reference()


@pytest.mark.parametrize("name", GENERATED)
def test_the_reference_is_current(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert committed == GENERATED[name], "run `python docs/generate_reference.py` and commit docs/reference/"


def test_every_command_has_its_section() -> None:
    for command in COMMANDS:
        assert f"\n## {command}\n\n```\nUsage: featurestore {command} " in GENERATED["cli.md"]


def test_every_link_inside_the_yaml_reference_leads_somewhere() -> None:
    text = GENERATED["yaml.md"]
    headings = {line.removeprefix("## ").lower() for line in text.splitlines() if line.startswith("## ")}
    targets = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert targets
    assert targets <= headings
