"""The exchanges of a frame: those that its plan budgets beside those that were seen when it ran."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from builders.engine import Exchange
from builders.passes.budget_exchanges import PlannedExchange


class UnplannedExchangeWarning(UserWarning):
    """Rows moved for a frame beyond what its plan budgets."""


@dataclass(frozen=True, slots=True)
class ExplainedExchange:
    """An exchange as it was planned and as it was seen: one that is not planned exceeds the budget; one that was not
    seen was not needed, or the frame did not run."""

    planned: PlannedExchange | None
    seen: Exchange | None

    @property
    def line(self) -> str:
        """One line for people, without figures."""
        if self.planned is not None:
            to = "to everyone" if self.planned.kind == "broadcast" else f"by {', '.join(self.planned.by)}"
            return f"{self.planned.kind} of {self.planned.what} {to}: {self.planned.node}, {self.planned.why}"
        assert self.seen is not None
        to = "to" if self.seen.kind == "broadcast" else "by"
        columns = ", ".join(self.seen.columns[:4]) + (", ..." if len(self.seen.columns) > 4 else "")
        return f"{self.seen.kind} {to} {self.seen.by} of {columns}: not in the budget"

    @property
    def document(self) -> dict[str, Any]:
        """The same for programs."""
        planned, seen = self.planned, self.seen
        known = planned or seen
        assert known is not None
        return {
            "kind": known.kind,
            "planned": planned is not None,
            "what": None if planned is None else planned.what,
            "step": None if planned is None else planned.node,
            "why": None if planned is None else planned.why,
            "by": [known.by] if isinstance(known.by, str) else list(known.by),
            "seen": seen is not None,
            "columns": [] if seen is None else list(seen.columns),
            "rows": None if seen is None else seen.rows,
            "bytes": None if seen is None else seen.bytes,
        }


def explain_exchanges(planned: Sequence[PlannedExchange], seen: Sequence[Exchange]) -> tuple[ExplainedExchange, ...]:
    """Each planned exchange with the one of its kind and columns that was seen, then those that were not planned."""
    left = list(seen)
    found: dict[int, Exchange] = {}
    # What may be spread by time too fits more of them, and takes what the others leave.
    for place, item in sorted(enumerate(planned), key=lambda pair: pair[1].with_time):
        fitting = next((other for other in left if item.is_seen_in(other)), None)
        if fitting is not None:
            left.remove(fitting)
            found[place] = fitting
    explained = [ExplainedExchange(item, found.get(place)) for place, item in enumerate(planned)]
    return (*explained, *(ExplainedExchange(None, other) for other in left))


def find_unplanned(planned: Sequence[PlannedExchange], seen: Sequence[Exchange]) -> list[ExplainedExchange]:
    """The exchanges that exceed the budget."""
    return [item for item in explain_exchanges(planned, seen) if item.planned is None]


def warn_of_unplanned(planned: Sequence[PlannedExchange], seen: Sequence[Exchange]) -> None:
    """Warn of exchanges that exceed the budget: the frame is right, and took longer than it had to."""
    for item in find_unplanned(planned, seen):
        warnings.warn(f"more moved for the frame than was planned: {item.line}", UnplannedExchangeWarning, stacklevel=2)
