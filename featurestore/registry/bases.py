"""Which bases there are: a cache of what segments add up to, valid wherever these segments stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update

from featurestore.registry.database import reading, writing
from featurestore.registry.erasures import ErasureRegistry
from featurestore.registry.leases import Lease, LeaseRegistry
from featurestore.registry.segments import Segment
from featurestore.registry.tables import bases, from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBase:
    """A base as it was made: the state of `slots` (with the limbs of each) before `boundary` (UTC microseconds), a row
    an entity in the file `path`, relative to the offline root.

    `leaves` are those of all segments that hold one of the slots before the boundary.
    """

    tile_table: str
    boundary: int
    path: str
    slots: Mapping[str, tuple[int, ...]]
    leaves: frozenset[int]
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Base(NewBase):
    """A base as the registry holds it; from `superseded_at` on nothing new reads it."""

    id: int
    created_at: int
    superseded_at: int | None

    def fits(self, segments: Iterable[Segment]) -> bool:
        """Whether it is the state of these segments, all those of its tile table at one version.

        Its leaves hold its slots from the beginning to the boundary, and no slot is held twice for one time: where they
        all stand there is nothing else before the boundary, whatever they were compacted into.
        """
        return self.leaves <= {leaf for segment in segments for leaf in segment.leaves}


class BaseRegistry:
    """Bases by tile table. Without them everything is read from segments, with the same result."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self, tile_table: str) -> tuple[Base, ...]:
        """Those that may be read, by boundary."""
        return self._select(bases.c.tile_table == tile_table, bases.c.superseded_at.is_(None))

    def of(self, tile_table: str) -> tuple[Base, ...]:
        """Every one that is there, superseded ones too."""
        return self._select(bases.c.tile_table == tile_table)

    def superseded(self, before: int) -> tuple[Base, ...]:
        """Those of any tile table that were superseded before the instant `before`; for `vacuum`."""
        return self._select(bases.c.superseded_at < before)

    def tables(self) -> set[str]:
        """The tile tables of all bases."""
        with reading(self._engine) as connection:
            return set(connection.scalars(select(bases.c.tile_table).distinct()))

    def paths(self) -> set[str]:
        """The files of all bases."""
        with reading(self._engine) as connection:
            return set(connection.scalars(select(bases.c.path)))

    def add(self, lease: Lease, new: NewBase, now: int) -> Base:
        """Let a base be read from now on.

        Raises:
            ConflictError: somebody else acquired the lease.
        """
        values = {
            "tile_table": new.tile_table,
            "boundary": new.boundary,
            "path": new.path,
            "slots": to_json({slot: list(limbs) for slot, limbs in new.slots.items()}),
            "leaves": to_json(sorted(new.leaves)),
            "rows": new.rows,
            "bytes": new.bytes,
            "created_at": now,
        }
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            row = connection.execute(insert(bases).values(values).returning(bases)).mappings().one()
            return _base(row)

    def supersede(self, lease: Lease, ids: Sequence[int], now: int) -> None:
        """Let nothing new read these.

        Raises:
            ConflictError: somebody else acquired the lease.
        """
        if ids:
            with writing(self._engine) as connection:
                LeaseRegistry.check(connection, lease)
                connection.execute(
                    update(bases).where(bases.c.id.in_(ids), bases.c.superseded_at.is_(None)).values(superseded_at=now)
                )

    def erase(self, lease: Lease, erasure_id: int, erased: Sequence[Base]) -> None:
        """Drop the records of bases that hold an erased entity, their files being left to delete; all or nothing.

        Raises:
            ConflictError: somebody else acquired the lease.
        """
        if erased:
            with writing(self._engine) as connection:
                LeaseRegistry.check(connection, lease)
                connection.execute(delete(bases).where(bases.c.id.in_([base.id for base in erased])))
                ErasureRegistry.leave(connection, erasure_id, [base.path for base in erased])

    def forget(self, ids: Sequence[int]) -> None:
        """Drop the records of bases whose files are to be deleted."""
        if ids:
            with writing(self._engine) as connection:
                connection.execute(delete(bases).where(bases.c.id.in_(ids)))

    def _select(self, *conditions: ColumnElement[bool]) -> tuple[Base, ...]:
        statement = select(bases).where(*conditions).order_by(bases.c.boundary, bases.c.id)
        with reading(self._engine) as connection:
            return tuple(_base(row) for row in connection.execute(statement).mappings())


def _base(row: Mapping[Any, Any]) -> Base:
    return Base(
        id=row["id"],
        tile_table=row["tile_table"],
        boundary=row["boundary"],
        path=row["path"],
        slots={slot: tuple(limbs) for slot, limbs in from_json(row["slots"]).items()},
        leaves=frozenset(from_json(row["leaves"])),
        rows=row["rows"],
        bytes=row["bytes"],
        created_at=row["created_at"],
        superseded_at=row["superseded_at"],
    )
