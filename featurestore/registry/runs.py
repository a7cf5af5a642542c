"""What was run when, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, insert, select, update

from definitions.errors import RequestError
from featurestore.registry.database import reading, writing
from featurestore.registry.tables import from_json, runs, to_json


@dataclass(frozen=True, slots=True)
class Run:
    """One run of `kind`: what it was asked (`detail`), and what came out (`outcome`, None while `state` is running)."""

    id: int
    kind: str
    state: str
    detail: Mapping[str, Any]
    outcome: Mapping[str, Any] | None
    started_at: int
    finished_at: int | None


class RunRegistry:
    """A log of runs. One that stays `running` for ever was killed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, kind: str, detail: Mapping[str, Any], now: int) -> int:
        """Note that a run begins; returns its id."""
        statement = insert(runs).values(kind=kind, state="running", detail=to_json(detail), started_at=now)
        with writing(self._engine) as connection:
            return int(connection.scalars(statement.returning(runs.c.id)).one())

    def finish(self, run_id: int, state: str, detail: Mapping[str, Any], now: int) -> None:
        """Note how a run ended, such as `succeeded` or `failed`.

        Raises:
            RequestError: there is no such run.
        """
        statement = update(runs).where(runs.c.id == run_id)
        with writing(self._engine) as connection:
            found = connection.execute(statement.values(state=state, outcome=to_json(detail), finished_at=now))
            if not found.rowcount:
                raise RequestError(f"there is no run {run_id}")

    def recent(self, n: int) -> tuple[Run, ...]:
        """The last `n` runs, newest first."""
        with reading(self._engine) as connection:
            found = connection.execute(select(runs).order_by(runs.c.id.desc()).limit(n)).mappings().all()
        return tuple(
            Run(
                id=row["id"],
                kind=row["kind"],
                state=row["state"],
                detail=from_json(row["detail"]),
                outcome=None if row["outcome"] is None else from_json(row["outcome"]),
                started_at=row["started_at"],
                finished_at=row["finished_at"],
            )
            for row in found
        )
