"""Versions of views that are kept after a later one took their place, and what may be retired although it is used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update

from featurestore.registry.database import hold, insert_or, reading, writing
from featurestore.registry.tables import kept_versions, overrides


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version of a view that goes on being published as `view@version`, until it is retired.

    Instants are UTC microseconds; `retired_at`, `retired_by` and `reason` are None as long as it is kept.
    """

    view: str
    version: int
    kept_by: str
    kept_at: int
    retired_by: str | None
    retired_at: int | None
    reason: str | None

    @property
    def online_name(self) -> str:
        """What it is called online."""
        return f"{self.view}@{self.version}"


class LifecycleRegistry:
    """Keeps versions, retires them, and remembers overrides."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, versions: Iterable[tuple[str, int]], principal: str, now: int) -> None:
        """Keep versions of views; one that was retired is kept again."""
        with writing(self._engine) as connection:
            hold(connection, "definitions")
            for view, version in versions:
                insertion = insert_or(connection, kept_versions).values(
                    view=view, version=version, kept_by=principal, kept_at=now
                )
                again = {"retired_by": None, "retired_at": None, "reason": None}
                key = [kept_versions.c.view, kept_versions.c.version]
                connection.execute(insertion.on_conflict_do_update(index_elements=key, set_=again))

    def retire(self, view: str, version: int, reason: str, principal: str, now: int) -> None:
        """Keep a version no longer."""
        with writing(self._engine) as connection:
            hold(connection, "definitions")
            one = (kept_versions.c.view == view) & (kept_versions.c.version == version)
            retired = {"retired_by": principal, "retired_at": now, "reason": reason}
            connection.execute(update(kept_versions).where(one).values(**retired))

    def versions(self) -> tuple[KeptVersion, ...]:
        """All that are or were kept, by view and version."""
        statement = select(kept_versions).order_by(kept_versions.c.view, kept_versions.c.version)
        with reading(self._engine) as connection:
            return tuple(KeptVersion(**row) for row in connection.execute(statement).mappings())

    def override(self, kind: str, name: str, reason: str, principal: str, now: int) -> None:
        """Note that a definition may be retired although it is in use."""
        values = {"kind": kind, "name": name, "reason": reason, "overridden_by": principal, "overridden_at": now}
        with writing(self._engine) as connection:
            connection.execute(insert(overrides).values(**values))

    def overridden(self, since: int) -> frozenset[tuple[str, str]]:
        """The kind and name of what may be retired, as was said since an instant (UTC microseconds)."""
        statement = select(overrides.c.kind, overrides.c.name).where(overrides.c.overridden_at >= since)
        with reading(self._engine) as connection:
            return frozenset((row.kind, row.name) for row in connection.execute(statement))
