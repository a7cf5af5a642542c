"""Which segments a tile table consists of, now and at every earlier version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, func, insert, or_, select, update

from definitions.errors import ConflictError, RequestError
from featurestore.clock import format_range
from featurestore.registry.database import advance, hold, reading, writing
from featurestore.registry.erasures import ErasureRegistry
from featurestore.registry.late_rows import LateRowsRegistry, NewLateRows
from featurestore.registry.leases import Lease, LeaseRegistry
from featurestore.registry.tables import counters, from_json, pins, segments, to_json

LEAVES: Final = "leaves"
"""What a compacted segment's statistics call the ids of the segments that it was made of."""


ERASURES: Final = "erasures"
"""What the statistics of a segment call the numbers of the erasures that reached it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a segment was built from: `size` in bytes, `modified` in nanoseconds since 1970."""

    path: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSegment:
    """A segment as it was built, before the registry knows it.

    It holds the tiles of `[start, end)` (UTC microseconds) in the directory `path`, relative to the offline root;
    `slots` gives each slot's physical columns.
    """

    tile_table: str
    start: int
    end: int
    path: str
    slots: Mapping[str, tuple[str, ...]]
    inputs: tuple[SourceFile, ...]
    rows: int
    bytes: int
    statistics: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment(NewSegment):
    """A segment as the registry holds it: current from `version` on, until superseded.

    Of one with `vacuumed_at` only this record is left; its tiles were deleted at that instant.
    """

    id: int
    version: int
    created_at: int
    superseded_at: int | None
    vacuumed_at: int | None = None

    @property
    def leaves(self) -> frozenset[int]:
        """The segments, as they were built from a source, whose tiles it holds: itself, or those it was compacted
        from. Two sets of segments with the same leaves hold the same tiles."""
        return frozenset(self.statistics.get(LEAVES, (self.id,)))

    @property
    def erasures(self) -> tuple[int, ...]:
        """The numbers of the erasures that took an entity out of it."""
        return tuple(self.statistics.get(ERASURES, ()))


class SegmentRegistry:
    """The history of segment pointers. A version is a number that counts all swaps of all tile tables."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self, tile_table: str) -> tuple[Segment, ...]:
        """The present segments, by start."""
        with reading(self._engine) as connection:
            return _select(connection, segments.c.tile_table == tile_table, segments.c.superseded_at.is_(None))

    def at(self, tile_table: str, knowledge: int) -> tuple[Segment, ...]:
        """The segments as they stood at version `knowledge`, by start; also those that were vacuumed since."""
        by = segments.c.superseded_by_version
        with reading(self._engine) as connection:
            return _select(
                connection,
                segments.c.tile_table == tile_table,
                segments.c.version <= knowledge,
                or_(by.is_(None), by > knowledge),
            )

    def latest_version(self) -> int:
        """The version of the last swap; 0 before the first."""
        with reading(self._engine) as connection:
            return int(connection.scalars(select(counters.c.value).where(counters.c.name == "segments")).one())

    def version_at(self, instant: int) -> int:
        """The version that stood at `instant` (UTC microseconds); 0 before the first."""
        made = select(func.max(segments.c.version)).where(segments.c.created_at <= instant)
        removed = select(func.max(segments.c.superseded_by_version)).where(segments.c.superseded_at <= instant)
        with reading(self._engine) as connection:
            return max(connection.scalar(made) or 0, connection.scalar(removed) or 0)

    def swap(
        self,
        lease: Lease,
        tile_table: str,
        remove: Sequence[int],
        add: Sequence[NewSegment],
        now: int,
        late: Sequence[NewLateRows] = (),
    ) -> int:
        """Replace the segments `remove` by `add`, all or nothing; returns the version that this makes.

        `late` are the rows that made it necessary, recorded with it.

        Raises:
            ConflictError: somebody else acquired the lease, a segment to remove is no longer current, or an added
                segment holds a slot for a time for which another current (or added) one holds it too.
            RequestError: an added segment is of another tile table or of no time.
        """
        for new in add:
            if new.tile_table != tile_table or new.start >= new.end:
                raise RequestError(
                    f"segment {new.path} of {new.tile_table} [{new.start}, {new.end}) fits no {tile_table}"
                )
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            hold(connection, "segments")
            present = {
                segment.id: segment
                for segment in _select(
                    connection, segments.c.tile_table == tile_table, segments.c.superseded_at.is_(None)
                )
            }
            if gone := sorted(set(remove) - present.keys()):
                raise ConflictError(
                    f"segments {', '.join(map(str, gone))} of {tile_table} were replaced by somebody else; "
                    "nothing was changed, run this again"
                )
            remaining = [segment for segment in present.values() if segment.id not in set(remove)]
            _refuse_overlaps(remaining, add)
            version = advance(connection, "segments")
            if remove:
                connection.execute(
                    update(segments)
                    .where(segments.c.id.in_(remove))
                    .values(superseded_at=now, superseded_by_version=version)
                )
            if add:
                connection.execute(insert(segments), [_values(new, version, now) for new in add])
            LateRowsRegistry.write(connection, tile_table, late, version, now)
        return version

    def superseded(self, before: int) -> tuple[Segment, ...]:
        """Segments of any tile table that were superseded before the instant `before` and are there; for `vacuum`."""
        with reading(self._engine) as connection:
            return _select(connection, segments.c.superseded_at < before, segments.c.vacuumed_at.is_(None))

    def forget(self, ids: Sequence[int], now: int) -> None:
        """Note that the tiles of superseded segments are gone; current ones stay whatever `ids` says.

        The records are kept: without them an earlier version would look as if it had never had these segments.
        """
        if ids:
            with writing(self._engine) as connection:
                statement = (
                    update(segments)
                    .where(segments.c.id == bindparam("segment_id"), segments.c.superseded_at.is_not(None))
                    .values(vacuumed_at=now)
                )
                connection.execute(statement, [{"segment_id": segment_id} for segment_id in ids])

    def present(self) -> tuple[Segment, ...]:
        """The segments of every tile table whose files are there, current and superseded."""
        with reading(self._engine) as connection:
            return _select(connection, segments.c.vacuumed_at.is_(None))

    def rewrite(self, lease: Lease, erasure_id: int, rewritten: Sequence[Segment], former: Sequence[str]) -> None:
        """Point segments to files without an erased entity, the files `former` being left to delete; all or nothing.

        They stay the segments that they are, at every version.

        Raises:
            ConflictError: somebody else acquired the lease.
        """
        with writing(self._engine) as connection:
            LeaseRegistry.check(connection, lease)
            hold(connection, "segments")
            for segment in rewritten:
                told = [*segment.statistics.get(ERASURES, ()), erasure_id]
                statistics = {**segment.statistics, ERASURES: sorted(set(told))}
                values = {"path": segment.path, "rows": segment.rows, "bytes": segment.bytes}
                connection.execute(
                    update(segments).where(segments.c.id == segment.id).values(**values, statistics=to_json(statistics))
                )
            ErasureRegistry.leave(connection, erasure_id, former)

    def advance_version(self) -> int:
        """A version that is newer than every one so far, of the segments as they are."""
        with writing(self._engine) as connection:
            return advance(connection, "segments")

    def paths(self) -> set[str]:
        """The files of all segments that are there, current and superseded."""
        with reading(self._engine) as connection:
            return set(connection.scalars(select(segments.c.path).where(segments.c.vacuumed_at.is_(None))))

    def pin(self, version: int, until: int) -> int:
        """Keep the segments of `version` readable until the instant `until`; returns the pin's id."""
        with writing(self._engine) as connection:
            return int(connection.scalars(insert(pins).values(version=version, until=until).returning(pins.c.id)).one())

    def unpin(self, pin_id: int) -> None:
        """Give a pin back; nothing happens if it is gone."""
        with writing(self._engine) as connection:
            connection.execute(delete(pins).where(pins.c.id == pin_id))

    def pinned_versions(self, now: int) -> tuple[int, ...]:
        """The versions that somebody reads at `now`, ascending, each once."""
        with reading(self._engine) as connection:
            statement = select(pins.c.version).where(pins.c.until > now).distinct().order_by(pins.c.version)
            return tuple(connection.scalars(statement))


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[Segment, ...]:
    statement = select(segments).where(*conditions).order_by(segments.c.range_start, segments.c.id)
    return tuple(
        Segment(
            id=row["id"],
            tile_table=row["tile_table"],
            start=row["range_start"],
            end=row["range_end"],
            version=row["version"],
            path=row["path"],
            slots={slot: tuple(columns) for slot, columns in from_json(row["slots"]).items()},
            inputs=tuple(SourceFile(*file) for file in from_json(row["inputs"])),
            rows=row["rows"],
            bytes=row["bytes"],
            statistics=from_json(row["statistics"]),
            created_at=row["created_at"],
            superseded_at=row["superseded_at"],
            vacuumed_at=row["vacuumed_at"],
        )
        for row in connection.execute(statement).mappings()
    )


def _values(new: NewSegment, version: int, now: int) -> dict[str, Any]:
    return {
        "tile_table": new.tile_table,
        "range_start": new.start,
        "range_end": new.end,
        "version": version,
        "path": new.path,
        "slots": to_json({slot: list(columns) for slot, columns in new.slots.items()}),
        "inputs": to_json([[file.path, file.size, file.modified] for file in new.inputs]),
        "rows": new.rows,
        "bytes": new.bytes,
        "statistics": to_json(new.statistics),
        "created_at": now,
    }


def _refuse_overlaps(remaining: Sequence[NewSegment], add: Sequence[NewSegment]) -> None:
    """Make sure that no instant has one slot twice; only pairs with an added segment are looked at."""
    for position, new in enumerate(add):
        for other in (*remaining, *add[:position]):
            shared = new.slots.keys() & other.slots.keys()
            if shared and new.start < other.end and other.start < new.end:
                raise ConflictError(
                    f"{new.tile_table} already has slot {min(shared)} "
                    f"{format_range(max(new.start, other.start), min(new.end, other.end))} in segment {other.path}; "
                    "nothing was changed, run this again"
                )
