"""Waivers: why a column may be built although its value is there, for how long, and who agreed; and what teams want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import ColumnElement, Engine, RowMapping, insert, select, update

from definitions.errors import RequestError
from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import reuse_modes, waivers

WaiverKind = Literal["waiver", "justification", "broken glass"]
Mode = Literal["off", "warn", "block"]

MODES: Final[tuple[Mode, ...]] = ("off", "warn", "block")


@dataclass(frozen=True, slots=True)
class Waiver:
    """`column` (`view:column`) may be built until `expires_at` although `instead_of` is there. It holds once it is
    approved; a `justification` (of what carries the same data) and a `broken glass` hold at once. Instants are UTC
    microseconds."""

    id: int
    column: str
    instead_of: str
    kind: WaiverKind
    team: str | None
    reason: str
    asked_by: str
    asked_at: int
    approved_by: str | None
    approved_at: int | None
    expires_at: int

    def holds(self, now: int) -> bool:
        """Whether it is approved and has not lapsed."""
        return self.approved_at is not None and now < self.expires_at


class WaiverRegistry:
    """Waivers, and the mode of each team's gate."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(
        self,
        column: str,
        instead_of: str,
        kind: WaiverKind,
        team: str | None,
        reason: str,
        asked_by: str,
        now: int,
        expires_at: int,
    ) -> Waiver:
        """Note a waiver that is asked for."""
        values = {
            "column": column, "instead_of": instead_of, "kind": kind, "team": team, "reason": reason,
            "asked_by": asked_by, "asked_at": now, "expires_at": expires_at,
        }  # fmt: skip
        with writing(self._engine) as connection:
            made = connection.execute(insert(waivers).values(values).returning(waivers)).mappings().one()
        return _waiver(made)

    def approve(self, waiver: int, approved_by: str, now: int) -> Waiver:
        """Let a waiver hold.

        Raises:
            RequestError: there is no such waiver, or it is approved already.
        """
        statement = update(waivers).where(waivers.c.id == waiver, waivers.c.approved_at.is_(None))
        with writing(self._engine) as connection:
            done = connection.execute(statement.values(approved_by=approved_by, approved_at=now).returning(waivers))
            found = done.mappings().first()
        if found is None:
            raise RequestError(f"there is no waiver {waiver} that waits; `featurestore waive --list` shows them")
        return _waiver(found)

    def get(self, waiver: int) -> Waiver:
        """One waiver.

        Raises:
            RequestError: there is none with this number.
        """
        found = self._select(waivers.c.id == waiver)
        if not found:
            raise RequestError(f"there is no waiver {waiver}; `featurestore waive --list` shows them")
        return found[0]

    def of_columns(self, columns: Iterable[str]) -> tuple[Waiver, ...]:
        """All waivers of some columns, oldest first."""
        return self._select(waivers.c.column.in_(list(columns)))

    def all(self) -> tuple[Waiver, ...]:
        """All waivers, oldest first."""
        return self._select()

    def mode(self, team: str) -> Mode | None:
        """What a team has chosen; None if nothing."""
        with reading(self._engine) as connection:
            return connection.scalar(select(reuse_modes.c.mode).where(reuse_modes.c.team == team))

    def set_mode(self, team: str, mode: Mode, changed_by: str, now: int) -> None:
        """Note what a team has chosen."""
        chosen = {"mode": mode, "changed_by": changed_by, "changed_at": now}
        with writing(self._engine) as connection:
            connection.execute(
                insert_or(connection, reuse_modes)
                .values(team=team, **chosen)
                .on_conflict_do_update(index_elements=["team"], set_=chosen)
            )

    def _select(self, *conditions: ColumnElement[bool]) -> tuple[Waiver, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(waivers).where(*conditions).order_by(waivers.c.id)).mappings()
            return tuple(_waiver(row) for row in rows)


def _waiver(row: RowMapping) -> Waiver:
    return Waiver(
        row["id"], row["column"], row["instead_of"], row["kind"], row["team"], row["reason"], row["asked_by"],
        row["asked_at"], row["approved_by"], row["approved_at"], row["expires_at"],
    )  # fmt: skip
