"""Columns whose values are always there, or of keys that may be missing the share that always was."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median
from typing import Final

from definitions.expectation import NotNull
from quality.suggestions.history import ROWS, SourceHistory
from quality.suggestions.suggested import Suggested, suggested, thin_evidence

MARGIN: Final = 2.0
"""How often as far beyond the most nulls of a day the limit is as these are beyond an ordinary day's."""
_LITTLE: Final = 0.02
_FEWEST: Final = 0.05


def suggest_present_values(history: SourceHistory) -> Iterator[Suggested]:
    """Rows without timestamp are of no day, so nothing is said of that; nor of nulls in what is to be stable."""
    for name in history.sample.types:
        if name == history.source.timestamp:
            continue
        nulls = history.sample.profiles[name].nulls
        if not history.total(nulls):
            yield suggested(NotNull(check="not_null", column=name), thin_evidence(history, history.rows))
        elif history.sample.is_like_id(name) and history.has_weeks:
            shares = [history.count(day, nulls) / history.count(day, ROWS) for day in history.days]
            most = max(shares) + max(MARGIN * (max(shares) - median(shares)), _LITTLE)
            at_least = math.floor(100 * (1 - most)) / 100
            if at_least >= _FEWEST:
                found = NotNull(check="not_null", column=name, at_least=at_least)
                yield suggested(found, thin_evidence(history, history.rows))
