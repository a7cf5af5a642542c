"""Findings that belong together: those of one source, or view, at one boundary are one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quality.stability import Verdict


@dataclass(frozen=True, slots=True)
class GroupedFinding:
    """What was found at one boundary: the `column` with the most surprising finding, its `verdict`, and how many
    `others` drift besides. `since` is the first boundary of the longest of their runs."""

    boundary: int
    column: str
    verdict: Verdict
    others: int
    since: int


def group_findings(verdicts: Mapping[str, Verdict]) -> GroupedFinding | None:
    """The finding that comes of the verdicts on the columns of one source, or view, at one boundary; none if none of
    them drifts. Of equally surprising ones it names the first by name."""
    drifting = {name: verdict for name, verdict in verdicts.items() if verdict.standing == "drifting"}
    if not drifting:
        return None
    column = min(drifting, key=lambda name: (-drifting[name].score, name))
    strongest = drifting[column]
    since = min(verdict.boundary if verdict.since is None else verdict.since for verdict in drifting.values())
    return GroupedFinding(strongest.boundary, column, strongest, len(drifting) - 1, since)
