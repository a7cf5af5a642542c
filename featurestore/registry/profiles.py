"""What rows and values are like, by day or boundary, so that they need not be read again; and what they are held
against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import from_json, profile_references, profiles, to_json


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """The `statistics`, by their keys, of a subject at an `instant`: a source's day (since 1970), or a view's boundary
    (UTC microseconds). `inputs` tells what they were measured of. `judged` has what checks, by their keys, found: null
    where they found nothing."""

    instant: int
    inputs: str
    statistics: Mapping[str, Any]
    judged: Mapping[str, Any]


class ProfileRegistry:
    """Profiles and references."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def between(self, subject: str, first: int, last: int) -> dict[int, StoredProfile]:
        """What is known of a subject from one instant to another, both included."""
        statement = select(profiles.c.instant, profiles.c.inputs, profiles.c.statistics).where(
            profiles.c.subject == subject, profiles.c.instant >= first, profiles.c.instant <= last
        )
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(profiles.c.instant))
            return {at: StoredProfile(at, inputs, **from_json(found)) for at, inputs, found in rows}

    def record(self, subject: str, measured: Iterable[StoredProfile], now: int) -> None:
        """Remember profiles, in place of what was known of the same instants."""
        rows = [
            {
                "subject": subject,
                "instant": item.instant,
                "inputs": item.inputs,
                "statistics": to_json({"statistics": item.statistics, "judged": item.judged}),
                "measured_at": now,
            }
            for item in measured
        ]
        if not rows:
            return
        with writing(self._engine) as connection:
            insertion = insert_or(connection, profiles)
            statement = insertion.on_conflict_do_update(
                index_elements=["subject", "instant"],
                set_={name: insertion.excluded[name] for name in ("inputs", "statistics", "measured_at")},
            )
            connection.execute(statement, rows)

    def references(self, subject: str) -> dict[str, Any]:
        """What the columns of a subject are held against, as it was stored, by what it is of."""
        statement = select(profile_references.c.of, profile_references.c.reference)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.where(profile_references.c.subject == subject))
            return {of: from_json(reference) for of, reference in rows}

    def freeze(self, subject: str, references: Mapping[str, Any], now: int) -> dict[str, Any]:
        """Remember references of columns that have none; of two who do so at once the first one's stand. Returns those
        that stand."""
        rows = [
            {"subject": subject, "of": of, "reference": to_json(made), "made_at": now}
            for of, made in references.items()
        ]
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert_or(connection, profile_references).on_conflict_do_nothing(), rows)
        return self.references(subject)
