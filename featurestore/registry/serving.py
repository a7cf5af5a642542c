"""The compact record per service or view that an online look-up needs, as opaque bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, delete, select

from featurestore.registry.database import advance, hold, insert_or, reading, writing
from featurestore.registry.tables import counters, serving


class ServingRegistry:
    """Stores and loads serving records; whoever only reads them uses `serving_reader`, which loads less."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One transaction of all that the block writes and reads, in which nobody else changes a record."""
        with writing(self._engine) as connection:
            hold(connection, "serving")
            yield

    def store(self, name: str, payload: bytes, now: int) -> None:
        """Put the record of a service or view in place of the former; the same bytes again change nothing."""
        with writing(self._engine) as connection:
            store_record(connection, name, payload, now)

    def load(self, name: str) -> bytes | None:
        """The record of a service or view; None if there is none."""
        with reading(self._engine) as connection:
            return connection.scalar(select(serving.c.payload).where(serving.c.name == name))

    def load_several(self, names: Sequence[str]) -> dict[str, bytes]:
        """The records of those services or views that have one, by name."""
        with reading(self._engine) as connection:
            found = connection.execute(select(serving.c.name, serving.c.payload).where(serving.c.name.in_(names)))
            return {row.name: row.payload for row in found}

    def remove(self, name: str) -> None:
        """Delete the record of a service or view that is gone."""
        with writing(self._engine) as connection:
            remove_record(connection, name)

    def names(self) -> tuple[str, ...]:
        """What has a record, by name."""
        with reading(self._engine) as connection:
            return tuple(connection.scalars(select(serving.c.name).order_by(serving.c.name)))

    def revision(self) -> int:
        """A number that changes whenever a record does; cheap to poll."""
        with reading(self._engine) as connection:
            return int(connection.scalars(select(counters.c.value).where(counters.c.name == "serving")).one())


def store_record(connection: Connection, name: str, payload: bytes, now: int) -> None:
    """`ServingRegistry.store` inside the caller's transaction."""
    hold(connection, "serving")
    if connection.scalar(select(serving.c.payload).where(serving.c.name == name)) == payload:
        return
    insertion = insert_or(connection, serving).values(name=name, payload=payload, stored_at=now)
    connection.execute(
        insertion.on_conflict_do_update(index_elements=[serving.c.name], set_={"payload": payload, "stored_at": now})
    )
    advance(connection, "serving")


def remove_record(connection: Connection, name: str) -> None:
    """`ServingRegistry.remove` inside the caller's transaction."""
    hold(connection, "serving")
    if connection.execute(delete(serving).where(serving.c.name == name)).rowcount:
        advance(connection, "serving")
