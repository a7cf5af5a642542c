"""Columns whose days are like those before, by the same judgement that will be passed on days to come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.durations import DAY
from definitions.expectation import Stable
from quality.suggestions.history import SourceHistory
from quality.suggestions.suggested import Suggested, suggested

MOST_DRIFTING: Final = 0.05
"""The share of judged days that may have drifted; a column that does so more often has no use for the check."""


def suggest_stable_columns(history: SourceHistory) -> Iterator[Suggested]:
    """All that say what rows are like; those that drifted now and then only warn."""
    from quality.stability import Column, judge_series

    columns: dict[str, Column] = {}
    for name, looked_at in history.sample.profiles.items():
        says_little = history.sample.is_like_id(name) or looked_at.of is None
        if says_little and not history.total(looked_at.nulls):
            # Of ids, dates and what is personal nothing but the share of nulls could change.
            continue
        reference = history.reference(name)
        series = {day * DAY: looked_at.summary(profile, reference) for day, profile in history.days.items()}
        columns[name] = Column(series, reference, with_rows=not columns)
    for name, verdicts in judge_series(columns).items():
        judged = [verdict for verdict in verdicts if verdict.standing != "not enough evidence"]
        drifting = sum(verdict.standing == "drifting" for verdict in judged)
        if drifting <= MOST_DRIFTING * len(judged):
            thin = f"{drifting} of {len(judged)} days drifted from those before" if drifting else ""
            yield suggested(Stable(check="stable", column=name), thin)
