"""What was found to be otherwise than promised; one finding a kind and subject, for as long as it lasts and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, select, update

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import findings, from_json, to_json

OPEN: Final = "open"
SETTLED: Final = "settled"
"""A finding's states: the promise does not hold, and it holds again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of `kind` about `subject`; what `numbers` holds is the kind's own. Instants are UTC microseconds."""

    kind: str
    subject: str
    state: str
    numbers: Mapping[str, Any]
    first_seen: int
    last_seen: int


class FindingRegistry:
    """Opens, renews and settles findings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def see(self, kind: str, subject: str, numbers: Mapping[str, Any], seen_at: int) -> Finding | None:
        """Open a finding or renew the one there is, as of the instant `seen_at`; None if it was seen then already.

        What was found first stays its `first_seen`, also if it was settled meanwhile.
        """
        values = {"kind": kind, "subject": subject, "state": OPEN, "numbers": to_json(numbers), "last_seen": seen_at}
        renewed = {name: values[name] for name in ("state", "numbers", "last_seen")}
        mine = (findings.c.kind == kind, findings.c.subject == subject)
        with writing(self._engine) as connection:
            former = _select(connection, *mine)
            connection.execute(
                insert_or(connection, findings)
                .values(**values, first_seen=seen_at)
                .on_conflict_do_update(index_elements=["kind", "subject"], set_=renewed)
            )
            (found,) = _select(connection, *mine)
        known = former and former[0].state == OPEN and former[0].last_seen >= seen_at
        return None if known else found

    def settle(self, kind: str, subject: str) -> None:
        """Note that the promise holds again; nothing happens if there is no such finding."""
        with writing(self._engine) as connection:
            connection.execute(
                update(findings).where(findings.c.kind == kind, findings.c.subject == subject).values(state=SETTLED)
            )

    def all(self) -> tuple[Finding, ...]:
        """Open and settled findings, those seen last first."""
        with reading(self._engine) as connection:
            return _select(connection)


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Finding, ...]:
    order = (findings.c.last_seen.desc(), findings.c.kind, findings.c.subject)
    return tuple(
        Finding(
            row["kind"], row["subject"], row["state"], from_json(row["numbers"]), row["first_seen"], row["last_seen"]
        )
        for row in connection.execute(select(findings).where(*conditions).order_by(*order)).mappings()
    )
