"""What was found to be otherwise than promised; one finding a kind and subject, for as long as it lasts and after.

Each time that one opens or is settled, a notice is left in the same transaction, for `notices` to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, insert, select, update

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import findings, from_json, notices, to_json

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

        What was found first stays its `first_seen`, also if it was settled meanwhile; whoever saw it earlier than it
        was last seen changes nothing.
        """
        values = {"kind": kind, "subject": subject, "state": OPEN, "numbers": to_json(numbers), "last_seen": seen_at}
        mine = (findings.c.kind == kind, findings.c.subject == subject)
        with writing(self._engine) as connection:
            # Its row is made or locked before it is read: of two who see it at once, one is told.
            first = insert_or(connection, findings).values(**values, first_seen=seen_at)
            made = first.on_conflict_do_nothing(index_elements=["kind", "subject"]).returning(findings.c.kind)
            opened = connection.scalar(made) is not None
            (former,) = _select(connection, *mine, lock=True)
            standing = former.state == OPEN and not opened
            if standing and former.last_seen > seen_at:
                return None
            connection.execute(update(findings).where(*mine).values(**values))
            (found,) = _select(connection, *mine)
            if not standing:
                _leave_notice(connection, found)
        return None if standing and former.last_seen == seen_at else found

    def settle(self, kind: str, subject: str) -> None:
        """Note that the promise holds again; nothing happens if there is no such finding, or it was settled before."""
        standing = (findings.c.kind == kind, findings.c.subject == subject, findings.c.state == OPEN)
        with writing(self._engine) as connection:
            changed = connection.execute(update(findings).where(*standing).values(state=SETTLED).returning(findings))
            # Of two who settle it at once, one gets the row.
            if (row := changed.mappings().first()) is not None:
                _leave_notice(connection, read_finding(row))

    def open_of(self, kind: str) -> tuple[Finding, ...]:
        """The open findings of a kind."""
        with reading(self._engine) as connection:
            return _select(connection, findings.c.kind == kind, findings.c.state == OPEN)

    def all(self) -> tuple[Finding, ...]:
        """Open and settled findings, those seen last first."""
        with reading(self._engine) as connection:
            return _select(connection)


def _select(connection: Connection, *conditions: ColumnElement[bool], lock: bool = False) -> tuple[Finding, ...]:
    statement = select(findings).where(*conditions)
    statement = statement.order_by(findings.c.last_seen.desc(), findings.c.kind, findings.c.subject)
    found = connection.execute(statement.with_for_update() if lock else statement).mappings()
    return tuple(map(read_finding, found))


def read_finding(row: RowMapping) -> Finding:
    """A row of `findings`, or of `notices`, as a finding."""
    return Finding(
        row["kind"], row["subject"], row["state"], from_json(row["numbers"]), row["first_seen"], row["last_seen"]
    )


def _leave_notice(connection: Connection, finding: Finding) -> None:
    """Have it told that a finding opened or was settled."""
    connection.execute(
        insert(notices).values(
            kind=finding.kind,
            subject=finding.subject,
            state=finding.state,
            numbers=to_json(finding.numbers),
            first_seen=finding.first_seen,
            last_seen=finding.last_seen,
            logged=0,
        )
    )
