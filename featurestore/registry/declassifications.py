"""What was declared to tell less about a person than its sources do, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update

from definitions.errors import RequestError
from featurestore.registry.acting import Acting
from featurestore.registry.audit import append_entry
from featurestore.registry.database import hold, reading, writing
from featurestore.registry.tables import declassifications


@dataclass(frozen=True, slots=True)
class Declassification:
    """A feature column (`view:column`), as the computation `fingerprint`, counts as the level `level` from then on."""

    id: int
    reference: str
    fingerprint: str
    level: str
    reason: str
    declared_by: str
    declared_at: int
    withdrawn_by: str | None
    withdrawn_at: int | None


class DeclassificationRegistry:
    """Keeps declassifications."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def on(self) -> tuple[Declassification, ...]:
        """Those that were not withdrawn, oldest first."""
        statement = select(declassifications).where(declassifications.c.withdrawn_at.is_(None))
        with reading(self._engine) as connection:
            found = connection.execute(statement.order_by(declassifications.c.id)).mappings()
            return tuple(Declassification(**row) for row in found)

    def declare(self, reference: str, fingerprint: str, level: str, reason: str, acting: Acting) -> None:
        """Let a column count as a level."""
        with writing(self._engine) as connection:
            hold(connection, "access")
            connection.execute(
                insert(declassifications).values(
                    reference=reference,
                    fingerprint=fingerprint,
                    level=level,
                    reason=reason,
                    declared_by=acting.principal,
                    declared_at=acting.at,
                )
            )
            detail = {"fingerprint": fingerprint, "level": level, "reason": reason}
            append_entry(connection, acting, "declassify", reference, detail)

    def withdraw(self, reference: str, acting: Acting) -> None:
        """Let a column count as what its sources say again.

        Raises:
            RequestError: it was not declassified.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            on = update(declassifications).where(
                declassifications.c.reference == reference, declassifications.c.withdrawn_at.is_(None)
            )
            if not connection.execute(on.values(withdrawn_by=acting.principal, withdrawn_at=acting.at)).rowcount:
                raise RequestError(f"{reference!r} was not declassified")
            append_entry(connection, acting, "classify", reference, {})
