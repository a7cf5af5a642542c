"""A drift in plain values, as findings hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quality.judgement import Figures

if TYPE_CHECKING:
    from quality.stability import Verdict


def drift_figures(verdict: Verdict) -> Figures | None:
    """How a column drifts; None if it does not."""
    strongest = verdict.strongest
    if verdict.standing != "drifting" or strongest is None:
        return None
    return {
        "family": strongest.family,
        "label": strongest.label,
        "observed": strongest.observed,
        "expected": strongest.expected,
        "lowest": strongest.lowest,
        "highest": strongest.highest,
        "score": strongest.score,
        "others": verdict.others,
        "index": verdict.index,
        "evidence": verdict.evidence,
        "drifting_since": verdict.since,
    }
