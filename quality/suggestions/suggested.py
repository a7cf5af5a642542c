"""A suggested expectation, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from definitions.expectation import Check
from quality.suggestions.history import SourceHistory

FEWEST_VALUES: Final = 1_000
FEWEST_DAYS: Final = 7
"""What rests on less is thin: of n values of which none was otherwise up to 3 in n may be so yet."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """An expectation that held all along. Where the evidence for it is `thin`, which says why, it only warns."""

    check: Check
    thin: str = ""


def suggested(check: Check, thin: str = "") -> Suggested:
    """A suggestion with the severity that its evidence is good for."""
    return Suggested(check.model_copy(update={"severity": "warn" if thin else "block"}), thin)


def thin_evidence(history: SourceHistory, values: int) -> str:
    """Why so many values of the history are few to go by; empty if they are not."""
    if values < FEWEST_VALUES:
        return f"seen in {values:,} rows only"
    if history.source.timestamp is not None and len(history.days) < FEWEST_DAYS:
        days = len(history.days)
        return f"seen on {days} {'day' if days == 1 else 'days'} only"
    return ""
