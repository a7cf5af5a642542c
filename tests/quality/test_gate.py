"""The gate with what was suggested: faults of every kind in a made-up source are held and named, clean days pass.

`make bench-quality-gate` does the same with many seeds.
"""

from __future__ import annotations

from pathlib import Path

from tests.quality.gate_trials import GateTrials

HISTORY = 35
KINDS = ("unit x1000", "wrong codes", "keys nulled", "duplicated day", "half the rows missing", "swapped columns")
"""Those that are as plain whatever their size."""


def test_faults_are_held_before_anybody_sees_them_and_clean_days_pass(tmp_path: Path) -> None:
    gate = GateTrials(tmp_path, seed=7, size=0.3)
    gate.prepare(HISTORY)
    for number, kind in enumerate(KINDS, start=HISTORY):
        broken = gate.broken(number, kind)
        assert broken.held and broken.named, (kind, broken)
        clean = gate.clean(number)
        assert not clean.held and clean.words == (), clean
