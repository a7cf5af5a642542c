"""How many rows came late, by the range of tiles that was built again because of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select

from featurestore.registry.database import reading
from featurestore.registry.tables import from_json, late_rows, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLateRows:
    """`rows` that landed in the closed range `[start, end)` (UTC microseconds) after it was built.

    `lateness` says how late: pairs of microseconds after the boundary and a weight, the share of the rows.
    """

    start: int
    end: int
    rows: int
    lateness: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRows(NewLateRows):
    """The same as the registry holds it: seen when the segments of `version` were built, at `recorded_at`."""

    tile_table: str
    version: int
    recorded_at: int


class LateRowsRegistry:
    """A log of late rows; `SegmentRegistry.swap` writes it with the segments that they are in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def since(self, tile_table: str, instant: int) -> tuple[LateRows, ...]:
        """What was recorded of a tile table from `instant` (UTC microseconds) on, oldest first."""
        statement = (
            select(late_rows)
            .where(late_rows.c.tile_table == tile_table, late_rows.c.recorded_at >= instant)
            .order_by(late_rows.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(
                LateRows(
                    tile_table=row["tile_table"],
                    start=row["range_start"],
                    end=row["range_end"],
                    version=row["version"],
                    rows=row["rows"],
                    lateness=tuple((late, weight) for late, weight in from_json(row["lateness"])),
                    recorded_at=row["recorded_at"],
                )
                for row in connection.execute(statement).mappings()
            )

    @staticmethod
    def write(connection: Connection, tile_table: str, late: Sequence[NewLateRows], version: int, now: int) -> None:
        """Record late rows inside the caller's transaction."""
        if late:
            connection.execute(
                insert(late_rows),
                [
                    {
                        "tile_table": tile_table,
                        "range_start": item.start,
                        "range_end": item.end,
                        "version": version,
                        "rows": item.rows,
                        "lateness": to_json([list(pair) for pair in item.lateness]),
                        "recorded_at": now,
                    }
                    for item in late
                ],
            )
