"""The audit: entries that are appended in the transaction of what they tell of, and sealed by whoever has the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from featurestore.governance.audit_chain import GENESIS, Anchor, AuditEntry, seal_entry
from featurestore.registry.acting import Acting
from featurestore.registry.database import advance, hold, reading, writing
from featurestore.registry.tables import audit, counters, to_json

_ROWS_AT_ONCE = 1_000


class AuditRegistry:
    """Appends entries, seals them, and reads them in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, acting: Acting, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Add one entry in a transaction of its own."""
        with writing(self._engine) as connection:
            append_entry(connection, acting, action, subject, detail)

    def seal(self, key: bytes) -> int:
        """Seal the entries that have none yet, in order; returns how many."""
        with writing(self._engine) as connection:
            hold(connection, "audit")
            open_ones = select(audit).where(audit.c.seal.is_(None)).order_by(audit.c.sequence)
            unsealed = [_entry(row) for row in connection.execute(open_ones).mappings()]
            for entry in unsealed:
                before = select(audit.c.seal).where(audit.c.sequence < entry.sequence)
                former = connection.scalar(before.order_by(audit.c.sequence.desc()).limit(1)) or GENESIS
                sealed = update(audit).where(audit.c.sequence == entry.sequence)
                connection.execute(sealed.values(seal=seal_entry(key, former, entry)))
        return len(unsealed)

    def entries(self, last: int | None = None) -> tuple[AuditEntry, ...]:
        """All entries in order, or the `last` of them."""
        with reading(self._engine) as connection:
            found = connection.execute(select(audit).order_by(audit.c.sequence.desc()).limit(last)).mappings().all()
        return tuple(_entry(row) for row in reversed(found))

    def walk(self) -> tuple[int, Iterator[AuditEntry]]:
        """How many entries were ever written, and all that there are, in order, as they stand together."""

        def entries() -> Iterator[AuditEntry]:
            with reading(self._engine) as connection:
                statement = select(audit).where(audit.c.sequence <= written).order_by(audit.c.sequence)
                for row in connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}).mappings():
                    yield _entry(row)

        with reading(self._engine) as connection:
            counted = select(counters.c.value).where(counters.c.name == "audit")
            written = int(connection.scalars(counted).one())
        return written, entries()

    def anchor(self) -> Anchor | None:
        """The last entry that is sealed."""
        statement = select(audit.c.sequence, audit.c.seal).where(audit.c.seal.is_not(None))
        with reading(self._engine) as connection:
            found = connection.execute(statement.order_by(audit.c.sequence.desc()).limit(1)).first()
        return None if found is None else Anchor(found[0], found[1])


def append_entry(connection: Connection, acting: Acting, action: str, subject: str, detail: Mapping[str, Any]) -> None:
    """Add one entry to the audit, in the caller's transaction."""
    sequence = advance(connection, "audit")
    connection.execute(
        insert(audit).values(
            sequence=sequence,
            at=acting.at,
            principal=acting.principal,
            mode=acting.mode,
            action=action,
            subject=subject,
            detail=to_json(detail),
        )
    )


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(**row)
