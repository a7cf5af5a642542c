"""Texts and truth values of which there are few, each seen often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from definitions.expectation import InSet
from quality.suggestions.history import SourceSample

MOST_VALUES: Final = 20
FEWEST_SEEN: Final = 3
"""A column has others yet where one was seen less often."""
OFTEN: Final = 20
"""How often each has to be seen for others to be unlikely."""


def propose_value_sets(sample: SourceSample) -> Iterator[InSet]:
    """The columns that may have no other values than those in the sample."""
    for column, kind in sample.types.items():
        if kind.name not in ("string", "boolean") or sample.is_personal(column) or sample.is_like_id(column):
            continue
        counted = _counted(sample, column)
        says_nothing = not counted or (kind.name == "boolean" and len(counted) == 2)
        if not says_nothing and len(counted) <= MOST_VALUES and min(counted.values()) >= FEWEST_SEEN:
            yield InSet(check="in_set", column=column, values=tuple(sorted(counted)))


def rare_values(sample: SourceSample, check: InSet) -> str:
    """Why others than these may come; empty if that is unlikely."""
    value, count = min(_counted(sample, check.column or "").items(), key=lambda item: (item[1], str(item[0])))
    return "" if count >= OFTEN else f"{value!r} was seen {count} times in a sample, and so there may be others"


def _counted(sample: SourceSample, column: str) -> Counter[str | bool]:
    return Counter(sample.known(column))
