"""`make demo` runs through, and what it shows is so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parent.parent / "docs" / "demo.py"


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = subprocess.run(
        [sys.executable, str(DEMO), "--folder", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_second_materialize_has_nothing_to_do(printed: str) -> None:
    first, second, week = re.split(r"\$ featurestore materialize .*", printed)[1:4]
    assert "Nothing to do" in second
    assert "Nothing to do" not in first + week


def test_features_carry_signal_and_a_leak_promises_what_it_does_not_keep(printed: str) -> None:
    schedule, features, promised, kept = (float(found) for found in re.findall(r"^.* (0\.\d{3}) *$", printed, re.M))
    assert features > schedule + 0.05
    assert promised > features + 0.01
    assert kept < features - 0.03


def test_online_equals_the_training_row(printed: str) -> None:
    assert "All 88 columns are equal to those of the training row." in printed


def test_it_says_what_each_step_took_and_what_to_type_next(printed: str) -> None:
    assert len(re.findall(r"^\d+\.\d s$", printed, re.M)) == 4
    assert "featurestore plan" in printed[printed.index("What to type next") :]
