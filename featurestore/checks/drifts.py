"""Findings about features whose values are otherwise than in the weeks before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from definitions.expectation import Check, Stable
from featurestore.checks.check_findings import record_finding
from featurestore.checks.drift_figures import drift_figures
from featurestore.checks.value_stability import ColumnStability
from featurestore.context import Context
from featurestore.registry.findings import Finding
from quality.judgement import Judgement, check_name

EVERY_FEATURE: Final = Stable(check="stable")
"""What is expected of each feature without its saying so; it warns."""


def record_drifts(context: Context, view: str, columns: Iterable[ColumnStability]) -> tuple[Finding, ...]:
    """Keep what was found of the columns of a view, and settle what is stable again. Nothing is said of columns of
    which there is not enough evidence.

    Returns those that something new was seen of.
    """
    found = []
    for each in columns:
        if each.verdict.standing != "not enough evidence":
            judgement = judge_drift(EVERY_FEATURE, each)
            about = {"view": view, "column": each.column, "unit": "boundary"}
            finding = record_finding(context, f"{view}:{judgement.name}", about, [judgement], [])
            found += [] if finding is None else [finding]
    return tuple(found)


def judge_drift(check: Check, each: ColumnStability) -> Judgement:
    """What became of the expectation that a feature column is stable."""
    return Judgement(check, check_name(check, each.column), each.verdict.boundary, drift_figures(each.verdict))
