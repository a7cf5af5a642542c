"""Generations of a view's online rows: which one is served, and how far each is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, insert, select, update

from definitions.errors import ConflictError, RequestError
from featurestore.registry.database import hold, reading, writing
from featurestore.registry.leases import Lease, LeaseRegistry
from featurestore.registry.serving import remove_record, store_record
from featurestore.registry.tables import from_json, generations, holds, publishes, to_json

BUILDING: Final = "building"
CURRENT: Final = "current"
PREVIOUS: Final = "previous"
DROPPED: Final = "dropped"
"""A generation's states: filled, served, served before (for going back), and gone."""

RUNNING: Final = "running"
FINISHED: Final = "finished"
SUPERSEDED: Final = "superseded"
"""A publish's states; one that was killed stays running until a later one of its generation finishes."""


@dataclass(frozen=True, slots=True)
class Generation:
    """The online rows of one fingerprint of `view`; `columns` are (name, type, value over no rows) by position.

    The rows are complete up to the boundary `watermark` (UTC microseconds), computed from `segments_version`.
    `changed_at` is when it was last published, served or served no more; `record` is how look-ups last read it.
    """

    id: int
    view: str
    fingerprint: str
    columns: tuple[tuple[str, str, Any], ...]
    state: str
    watermark: int | None
    segments_version: int | None
    created_at: int
    changed_at: int
    record: bytes | None


@dataclass(frozen=True, slots=True)
class Publish:
    """One attempt to bring a generation to `boundary` with the tiles of `segments_version`."""

    id: int
    generation_id: int
    boundary: int
    segments_version: int
    state: str
    started_at: int
    finished_at: int | None


class GenerationRegistry:
    """Opens, promotes and drops generations, and keeps their watermarks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, view: str, fingerprint: str, columns: Sequence[tuple[str, str, Any]], now: int) -> Generation:
        """The generation of a view's fingerprint that is not dropped; a new building one if there is none."""
        with writing(self._engine) as connection:
            hold(connection, "generations")
            found = _generations(
                connection,
                generations.c.view == view,
                generations.c.fingerprint == fingerprint,
                generations.c.state != DROPPED,
            )
            if found:
                return found[-1]
            statement = insert(generations).values(
                view=view,
                fingerprint=fingerprint,
                columns=to_json([list(column) for column in columns]),
                state=BUILDING,
                created_at=now,
                changed_at=now,
            )
            made = connection.scalars(statement.returning(generations.c.id)).one()
            return _generation(connection, made)

    def current(self, view: str) -> Generation | None:
        """The generation that is served; None before the first promotion."""
        with reading(self._engine) as connection:
            found = _generations(connection, generations.c.view == view, generations.c.state == CURRENT)
        return found[0] if found else None

    def of(self, view: str) -> tuple[Generation, ...]:
        """All generations of a view, oldest first, dropped ones included."""
        with reading(self._engine) as connection:
            return _generations(connection, generations.c.view == view)

    def kept(self) -> tuple[Generation, ...]:
        """The generations of every view that are not dropped, oldest first."""
        with reading(self._engine) as connection:
            return _generations(connection, generations.c.state != DROPPED)

    def get(self, generation_id: int) -> Generation:
        """One generation.

        Raises:
            RequestError: there is none of that id.
        """
        with reading(self._engine) as connection:
            return _generation(connection, generation_id)

    def servable(self, view: str, generation_id: int) -> Generation:
        """One generation of a view, which can be served.

        Raises:
            RequestError: there is no such generation of the view, it was dropped, or it was never published.
        """
        with reading(self._engine) as connection:
            return _servable(connection, view, generation_id)

    def promote(self, lease: Lease, generation_id: int, name: str, record: bytes, now: int) -> bool:
        """Serve a generation under its serving record, stored as `name`; what was served until now becomes previous.

        Returns:
            Whether it is served; False where a hold keeps readers on another generation.

        Raises:
            ConflictError: somebody else acquired the lease.
            RequestError: there is no such generation, it was dropped, or it was never published.
        """
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            hold(connection, "generations")
            view = _generation(connection, generation_id).view
            is_on = (holds.c.view == view) & holds.c.released_at.is_(None)
            held = connection.scalar(select(holds.c.generation_id).where(is_on))
            if held not in (None, generation_id):
                return False
            switch(connection, view, generation_id, now)
            connection.execute(update(generations).where(generations.c.id == generation_id).values(record=record))
            store_record(connection, name, record, now)
            return True

    def withdraw(self, lease: Lease, view: str, name: str, now: int) -> None:
        """Serve no generation of a view any more: what was served becomes previous, its serving record `name` is gone.

        Raises:
            ConflictError: somebody else acquired the lease.
        """
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            hold(connection, "generations")
            _set_state(connection, PREVIOUS, now, generations.c.view == view, generations.c.state == CURRENT)
            remove_record(connection, name)

    def drop(self, lease: Lease, generation_id: int, now: int) -> None:
        """Note that a generation's rows may go; do this before deleting them.

        Raises:
            ConflictError: somebody else acquired the lease, or the generation is being served.
        """
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            hold(connection, "generations")
            if _generation(connection, generation_id).state == CURRENT:
                raise ConflictError(f"generation {generation_id} is being served; promote another one first")
            _set_state(connection, DROPPED, now, generations.c.id == generation_id)

    def begin_publish(self, lease: Lease, generation_id: int, boundary: int, segments_version: int, now: int) -> int:
        """Note that rows of `boundary` (UTC microseconds) are about to be written; returns the publish's id.

        Raises:
            ConflictError: somebody else acquired the lease, or the generation was dropped.
        """
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            if _generation(connection, generation_id).state == DROPPED:
                raise ConflictError(f"generation {generation_id} was dropped; open it again")
            statement = insert(publishes).values(
                generation_id=generation_id,
                boundary=boundary,
                segments_version=segments_version,
                state=RUNNING,
                started_at=now,
            )
            return int(connection.scalars(statement.returning(publishes.c.id)).one())

    def finish_publish(self, lease: Lease, publish_id: int, now: int) -> None:
        """Note that the last row of a publish is written: the watermark moves to its boundary.

        The watermark moves forward only, by (boundary, segments version). Earlier publishes of the generation that
        never finished are superseded: this one wrote their entities too. Finishing twice changes nothing.

        Raises:
            ConflictError: somebody else acquired the lease, a later publish finished first, or the watermark is
                already past this publish's boundary.
            RequestError: there is no such publish.
        """
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            found = _publishes(connection, publishes.c.id == publish_id)
            if not found:
                raise RequestError(f"there is no publish {publish_id}")
            publish = found[0]
            if publish.state == FINISHED:
                return
            generation = _generation(connection, publish.generation_id)
            reached = (publish.boundary, publish.segments_version)
            if publish.state == SUPERSEDED or (
                generation.watermark is not None
                and generation.segments_version is not None
                and reached < (generation.watermark, generation.segments_version)
            ):
                raise ConflictError(
                    f"publish {publish_id} of {generation.view} is behind what was published since; nothing was changed"
                )
            connection.execute(
                update(generations)
                .where(generations.c.id == generation.id)
                .values(watermark=publish.boundary, segments_version=publish.segments_version, changed_at=now)
            )
            connection.execute(
                update(publishes).where(publishes.c.id == publish_id).values(state=FINISHED, finished_at=now)
            )
            connection.execute(
                update(publishes)
                .where(
                    publishes.c.generation_id == generation.id,
                    publishes.c.id < publish_id,
                    publishes.c.state == RUNNING,
                )
                .values(state=SUPERSEDED, finished_at=now)
            )

    def unfinished(self, generation_id: int) -> tuple[Publish, ...]:
        """Publishes that began and did not finish, oldest first: their rows may be partly written."""
        with reading(self._engine) as connection:
            return _publishes(connection, publishes.c.generation_id == generation_id, publishes.c.state == RUNNING)

    def last_finished(self, generation_id: int) -> Publish | None:
        """The publish that the watermark is of."""
        with reading(self._engine) as connection:
            found = _publishes(connection, publishes.c.generation_id == generation_id, publishes.c.state == FINISHED)
        return found[-1] if found else None

    def finished(self, view: str) -> tuple[Publish, ...]:
        """All publishes of a view that finished, by generation, oldest first."""
        statement = (
            select(publishes)
            .join(generations, generations.c.id == publishes.c.generation_id)
            .where(generations.c.view == view, publishes.c.state == FINISHED)
            .order_by(publishes.c.generation_id, publishes.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(Publish(**row) for row in connection.execute(statement).mappings())


def switch(connection: Connection, view: str, generation_id: int, now: int) -> None:
    """Make a generation the one of its view that is served, inside a transaction that holds `generations`.

    Raises:
        RequestError: there is no such generation of the view, it was dropped, or it was never published.
    """
    if _servable(connection, view, generation_id).state != CURRENT:
        _set_state(connection, PREVIOUS, now, generations.c.view == view, generations.c.state == CURRENT)
        _set_state(connection, CURRENT, now, generations.c.id == generation_id)


def _servable(connection: Connection, view: str, generation_id: int) -> Generation:
    """A generation that look-ups can be sent to."""
    every = {item.id: item for item in _generations(connection)}
    found = every.get(generation_id)
    if found is None:
        wrong = f"{view} has no generation {generation_id}"
    elif found.view != view:
        wrong = f"generation {generation_id} is of {found.view}, not of {view}"
    elif found.state == DROPPED:
        wrong = f"generation {generation_id} of {view} was dropped"
    elif found.watermark is None:
        wrong = f"generation {generation_id} of {view} has no finished publish to serve"
    else:
        return found
    of_view = [item for item in every.values() if item.view == view and item.state != DROPPED]
    has = ", ".join(str(item.id) for item in of_view if item.watermark is not None)
    raise RequestError(f"{wrong}; " + (f"it has {has}" if has else "it has none; publish the view first"))


def _generations(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Generation, ...]:
    statement = select(generations).where(*conditions).order_by(generations.c.id)
    return tuple(_read(row) for row in connection.execute(statement).mappings())


def _generation(connection: Connection, generation_id: int) -> Generation:
    found = _generations(connection, generations.c.id == generation_id)
    if not found:
        raise RequestError(f"there is no generation {generation_id}")
    return found[0]


def _read(row: RowMapping) -> Generation:
    return Generation(
        id=row["id"],
        view=row["view"],
        fingerprint=row["fingerprint"],
        columns=tuple((name, kind, default) for name, kind, default in from_json(row["columns"])),
        state=row["state"],
        watermark=row["watermark"],
        segments_version=row["segments_version"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        record=row["record"],
    )


def _set_state(connection: Connection, state: str, now: int, *conditions: ColumnElement[bool]) -> None:
    connection.execute(update(generations).where(*conditions).values(state=state, changed_at=now))


def _publishes(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Publish, ...]:
    statement = select(publishes).where(*conditions).order_by(publishes.c.id)
    return tuple(Publish(**row) for row in connection.execute(statement).mappings())
