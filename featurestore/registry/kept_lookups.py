"""Look-ups that are kept, to be recomputed: read for that alone, and deleted with their entity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Engine, delete, select, update

from featurestore.registry.database import DatabaseStatements, hold, reading, writing
from featurestore.registry.lookup_writer import KeptLookup, keep_lookups
from featurestore.registry.tables import counters, kept_lookups

_LOCK: Final = "kept_lookups"


class KeptLookupRegistry:
    """The newest look-ups of each view, by the name that it has online."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, kept: Sequence[KeptLookup]) -> None:
        """Keep look-ups; all of them, or none."""
        with writing(self._engine) as connection:
            keep_lookups(DatabaseStatements(connection), kept)

    def of(self, view: str) -> tuple[KeptLookup, ...]:
        """Those of a view, or of `view@version`, oldest first."""
        statement = (
            select(*(column for column in kept_lookups.c if column is not kept_lookups.c.id))
            .where(kept_lookups.c.view == view)
            .order_by(kept_lookups.c.id)
        )
        with reading(self._engine) as connection:
            return tuple(KeptLookup(*row) for row in connection.execute(statement))

    def views(self) -> tuple[str, ...]:
        """The views that there are some of, by name."""
        with reading(self._engine) as connection:
            return tuple(connection.scalars(select(kept_lookups.c.view).distinct().order_by(kept_lookups.c.view)))

    def erase(self, is_erased: Callable[[int, bytes], bool], until: int) -> int:
        """Delete those whose generation and key `is_erased` tells, and take none any more that was looked up by the
        instant `until`; returns how many were deleted."""
        asked = select(kept_lookups.c.id, kept_lookups.c.generation_id, kept_lookups.c.entity_key)
        with writing(self._engine) as connection:
            after = max(hold(connection, _LOCK), until)
            connection.execute(update(counters).where(counters.c.name == _LOCK).values(value=after))
            gone = [row.id for row in connection.execute(asked) if is_erased(row.generation_id, row.entity_key)]
            for each in gone:
                connection.execute(delete(kept_lookups).where(kept_lookups.c.id == each))
        return len(gone)

    def drop_before(self, instant: int) -> int:
        """Delete those that were looked up before the instant; returns how many."""
        with writing(self._engine) as connection:
            return connection.execute(delete(kept_lookups).where(kept_lookups.c.looked_up_at < instant)).rowcount
