"""What was looked for and not found: demand for features that nobody has built."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import unmet_searches


@dataclass(frozen=True, slots=True)
class UnmetSearch:
    """`words` were looked for so many `times`; instants are UTC microseconds."""

    words: str
    times: int
    first_at: int
    last_at: int


class UnmetSearchRegistry:
    """Counts searches in vain by their words."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, words: str, now: int) -> None:
        """Note that words were looked for in vain."""
        with writing(self._engine) as connection:
            connection.execute(
                insert_or(connection, unmet_searches)
                .values(words=words, times=1, first_at=now, last_at=now)
                .on_conflict_do_update(
                    index_elements=["words"], set_={"times": unmet_searches.c.times + 1, "last_at": now}
                )
            )

    def most_wanted(self, number: int) -> tuple[UnmetSearch, ...]:
        """Those that were looked for most often, the latest of equal ones first."""
        statement = select(unmet_searches).order_by(unmet_searches.c.times.desc(), unmet_searches.c.last_at.desc())
        with reading(self._engine) as connection:
            return tuple(UnmetSearch(*row) for row in connection.execute(statement.limit(number)))
