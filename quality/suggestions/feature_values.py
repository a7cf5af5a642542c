"""What to expect of a feature's values, from what they were like at earlier boundaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from definitions.expectation import NotNull
from quality.suggestions.history import WEEKS
from quality.suggestions.number_ranges import range_between
from quality.suggestions.suggested import FEWEST_VALUES, Suggested, suggested

TIGHTEST: Final = 2.0
"""Windows overlap, so that extremes stay for days; where they lay at some boundaries says less than that of days."""


@dataclass(frozen=True, slots=True)
class ValueSummary:
    """The values of a feature column at one boundary: of so many entities, so many of which have none, and the extremes
    of the others; None of texts, or where there are none."""

    rows: int
    nulls: int
    least: float | None = None
    greatest: float | None = None


def suggest_for_values(summaries: Sequence[ValueSummary], whole: bool = False, thin: str = "") -> Iterator[Suggested]:
    """What held at all of these boundaries, which are in their order; `whole` says that values are integers, `thin` why
    they are little to go by, if they are."""
    rows, weeks = sum(each.rows for each in summaries), len(summaries) >= 7 * WEEKS
    if not rows:
        return
    if not weeks:
        thin = f"seen at {len(summaries)} {'boundary' if len(summaries) == 1 else 'boundaries'} only"
    if rows < FEWEST_VALUES:
        thin = f"seen in {rows:,} values only"
    if not any(each.nulls for each in summaries):
        yield suggested(NotNull(check="not_null"), thin)
    lows = [each.least for each in summaries if each.least is not None]
    highs = [each.greatest for each in summaries if each.greatest is not None]
    if weeks and lows and min(lows) < max(highs):
        found = range_between(lows, highs, whole, tightest=TIGHTEST)
        if found is not None:
            yield suggested(found, thin)
