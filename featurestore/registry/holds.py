"""Holds: the views whose readers stay on a generation that somebody chose, until the hold is released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, update

from featurestore.registry.database import hold as lock
from featurestore.registry.database import reading, writing
from featurestore.registry.generations import switch
from featurestore.registry.serving import store_record
from featurestore.registry.tables import holds


@dataclass(frozen=True, slots=True)
class Hold:
    """Readers of `view` were put on a generation by `held_by` for `reason` (may be empty) and stay there.

    Instants are UTC microseconds; `released_at` and `released_by` are None as long as the hold is on.
    """

    id: int
    view: str
    generation_id: int
    reason: str
    held_by: str
    held_at: int
    released_by: str | None
    released_at: int | None


class HoldRegistry:
    """Puts holds on views, releases them, and remembers both. A view has one hold at most."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, view: str) -> Hold | None:
        """The hold that is on a view."""
        with reading(self._engine) as connection:
            return _on(connection, view)

    def on(self) -> dict[str, Hold]:
        """All holds that are on, by view."""
        with reading(self._engine) as connection:
            return {found.view: found for found in _select(connection, holds.c.released_at.is_(None))}

    def history(self, view: str) -> tuple[Hold, ...]:
        """Every hold that a view ever had, oldest first."""
        with reading(self._engine) as connection:
            return _select(connection, holds.c.view == view)

    def put(
        self, view: str, generation_id: int, records: Mapping[str, bytes], reason: str, principal: str, now: int
    ) -> Hold:
        """Serve a generation and keep readers on it: its state, the hold and `records`, by name, in one transaction.

        It takes no lease: whoever publishes meanwhile finds the hold when it comes to switching readers. The same
        hold again changes nothing; another one takes its place.

        Raises:
            RequestError: there is no such generation of the view, it was dropped, or it was never published.
        """
        with writing(self._engine) as connection:
            lock(connection, "generations")
            switch(connection, view, generation_id, now)
            for name, payload in records.items():
                store_record(connection, name, payload, now)
            present = _on(connection, view)
            if present is not None and (present.generation_id, present.reason) == (generation_id, reason):
                return present
            _release(connection, view, principal, now)
            statement = insert(holds).values(
                view=view, generation_id=generation_id, reason=reason, held_by=principal, held_at=now
            )
            made = connection.scalars(statement.returning(holds.c.id)).one()
            return _select(connection, holds.c.id == made)[0]

    def release(self, view: str, principal: str, now: int) -> Hold | None:
        """Let readers go on to the latest generation when it is published; None if there was no hold."""
        with writing(self._engine) as connection:
            lock(connection, "generations")
            present = _on(connection, view)
            _release(connection, view, principal, now)
        return present


def _on(connection: Connection, view: str) -> Hold | None:
    found = _select(connection, holds.c.view == view, holds.c.released_at.is_(None))
    return found[0] if found else None


def _release(connection: Connection, view: str, principal: str, now: int) -> None:
    connection.execute(
        update(holds)
        .where(holds.c.view == view, holds.c.released_at.is_(None))
        .values(released_by=principal, released_at=now)
    )


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Hold, ...]:
    statement = select(holds).where(*conditions).order_by(holds.c.id)
    return tuple(Hold(**row) for row in connection.execute(statement).mappings())
