"""What of a column's past tells how it usually is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY: Final = 86_400_000_000
EVIDENCE: Final = 28
"""The boundaries without a finding that there have to be before one is judged, over at least as many days; and how many
a drift lasts until it is what is normal."""


@dataclass(frozen=True)
class History:
    """By boundary: its `rows`, whether it is `usable` for levels, and whether it `tells` how far
    values may go. `since` is the first boundary of a run of findings that reaches the end."""

    rows: NDArray[np.float64]
    usable: NDArray[np.bool_]
    tells: NDArray[np.bool_]
    since: int | None

    def last(self, boundaries: int) -> History:
        """The history of so many boundaries at the end."""
        first = len(self.rows) - boundaries
        return History(self.rows[first:], self.usable[first:], self.tells[first:], self.since)


def weigh(boundaries: Sequence[int], rows: NDArray[np.float64], found: Collection[int]) -> History:
    """What of the boundaries to go by, where `rows` are NaN at those without a summary, and `found` are findings.

    A run of findings is held to be a fault; its first boundary tells that such a thing happens, the others would only
    tell how long it lasted. A run of `EVIDENCE` boundaries is how the column is now: it and what follows is its
    history.
    """
    usable = np.isfinite(rows)
    tells = usable.copy()
    since = None
    for run in _runs(boundaries, found):
        if len(run) >= EVIDENCE:
            usable[: run[0]] = tells[: run[0]] = False
        else:
            usable[run] = tells[run[1:]] = False
        if run[-1] == len(boundaries) - 1:
            since = boundaries[run[0]]
    return History(rows, usable, tells, since)


def _runs(boundaries: Sequence[int], found: Collection[int]) -> list[list[int]]:
    """The places of findings among the boundaries, those together that follow each other."""
    runs: list[list[int]] = []
    for place, at in enumerate(boundaries):
        if at in found:
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
    return runs
