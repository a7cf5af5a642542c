"""What goes on although it breaks an expectation: who accepted it, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, select

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import acceptances


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The finding `subject` about an `instant` (a day since 1970, or a boundary in UTC microseconds) is accepted as
    long as that is made of the same `inputs`."""

    subject: str
    instant: int
    inputs: str
    reason: str
    accepted_by: str
    accepted_at: int


class AcceptanceRegistry:
    """Remembers acceptances for good."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, subject: str) -> frozenset[tuple[int, str]]:
        """The instants, with their inputs, for which a finding is accepted."""
        statement = select(acceptances.c.instant, acceptances.c.inputs).where(acceptances.c.subject == subject)
        with reading(self._engine) as connection:
            return frozenset((instant, inputs) for instant, inputs in connection.execute(statement))

    def accept(self, accepted: Iterable[Acceptance]) -> None:
        """Remember what is accepted; what is so already stays as it was."""
        rows = [
            {
                "subject": item.subject,
                "instant": item.instant,
                "inputs": item.inputs,
                "reason": item.reason,
                "accepted_by": item.accepted_by,
                "accepted_at": item.accepted_at,
            }
            for item in accepted
        ]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert_or(connection, acceptances).on_conflict_do_nothing(), rows)
