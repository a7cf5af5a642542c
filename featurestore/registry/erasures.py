"""Erasures: who was taken out, told by a digest alone, and what of it is still to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, update

from featurestore.registry.database import reading, writing
from featurestore.registry.tables import erasures, from_json, to_json


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasing of an entity whose key has the parts `keys`; see `builders.engine.ErasedKey` for its digest.

    `finished_at` is None as long as something is left to do; `leftovers` are the files (below the offline root) that
    hold the entity and that nothing points at any more. Instants are UTC microseconds.
    """

    id: int
    keys: tuple[str, ...]
    salt: str
    digest: str
    reason: str
    erased_by: str
    started_at: int
    finished_at: int | None
    leftovers: tuple[str, ...]
    outcome: Mapping[str, Any]


class ErasureRegistry:
    """Begins, notes and finishes erasures."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[Erasure, ...]:
        """Every erasure, the oldest first."""
        with reading(self._engine) as connection:
            return _select(connection)

    def begin(self, keys: Sequence[str], salt: str, digest: str, reason: str, principal: str, now: int) -> Erasure:
        """Note that an entity is to be erased, before anything is."""
        values = {
            "keys": to_json(list(keys)),
            "salt": salt,
            "digest": digest,
            "reason": reason,
            "erased_by": principal,
            "started_at": now,
            "leftovers": to_json([]),
            "outcome": to_json({}),
        }
        with writing(self._engine) as connection:
            made = connection.scalars(insert(erasures).values(values).returning(erasures.c.id)).one()
            (erasure,) = _select(connection, erasures.c.id == made)
            return erasure

    def finish(self, erasure_id: int, outcome: Mapping[str, Any], now: int) -> None:
        """Note that the entity is nowhere any more."""
        with writing(self._engine) as connection:
            connection.execute(
                update(erasures)
                .where(erasures.c.id == erasure_id)
                .values(finished_at=now, outcome=to_json(outcome), leftovers=to_json([]))
            )

    def clear_leftovers(self, erasure_id: int) -> None:
        """Note that the files which an erasure left behind are deleted."""
        with writing(self._engine) as connection:
            connection.execute(update(erasures).where(erasures.c.id == erasure_id).values(leftovers=to_json([])))

    @staticmethod
    def leave(connection: Connection, erasure_id: int, files: Sequence[str]) -> None:
        """Add to what an erasure leaves behind, in the transaction that stops pointing at these files."""
        # Locked, because tables are rewritten side by side and each adds to what is there.
        statement = select(erasures.c.leftovers).where(erasures.c.id == erasure_id).with_for_update()
        left = [*from_json(connection.scalars(statement).one()), *files]
        connection.execute(update(erasures).where(erasures.c.id == erasure_id).values(leftovers=to_json(left)))


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Erasure, ...]:
    rows = connection.execute(select(erasures).where(*conditions).order_by(erasures.c.id)).mappings()
    return tuple(
        Erasure(
            id=row["id"],
            keys=tuple(from_json(row["keys"])),
            salt=row["salt"],
            digest=row["digest"],
            reason=row["reason"],
            erased_by=row["erased_by"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            leftovers=tuple(from_json(row["leftovers"])),
            outcome=from_json(row["outcome"]),
        )
        for row in rows
    )
