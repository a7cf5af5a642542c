"""Models, and the feature columns that each is bound to, in the version of their view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, update

from featurestore.registry.database import hold, reading, writing
from featurestore.registry.tables import from_json, model_columns, models, to_json


@dataclass(frozen=True, slots=True, order=True)
class BoundColumn:
    """A column of a view, in the version that the model was bound to and its fingerprint."""

    view: str
    column: str
    version: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class BoundModel:
    """A model (`version` may be empty) that uses `features`, a service's name alone or references.

    Instants are UTC microseconds; `unbound_at` and `unbound_by` are None as long as it is bound.
    """

    id: int
    name: str
    version: str
    features: tuple[str, ...]
    owner: str | None
    stage: str | None
    bound_by: str
    bound_at: int
    unbound_by: str | None
    unbound_at: int | None
    columns: tuple[BoundColumn, ...]

    @property
    def title(self) -> str:
        """Its name, with its version if it has one."""
        return f"{self.name} {self.version}".rstrip()


class ModelRegistry:
    """Binds models to feature columns, and remembers what was bound before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def bind(
        self,
        name: str,
        version: str,
        features: Sequence[str],
        columns: Iterable[BoundColumn],
        owner: str | None,
        stage: str | None,
        principal: str,
        now: int,
    ) -> BoundModel:
        """Bind a model; in place of what that version of it was bound to. The same again changes nothing."""
        wanted = (tuple(features), tuple(sorted(set(columns))), owner, stage)
        with writing(self._engine) as connection:
            hold(connection, "definitions")
            for present in _select(connection, *_bound(name, version)):
                if (present.features, present.columns, present.owner, present.stage) == wanted:
                    return present
            _unbind(connection, name, version, principal, now)
            statement = insert(models).values(
                name=name,
                version=version,
                features=to_json(list(features)),
                owner=owner,
                stage=stage,
                bound_by=principal,
                bound_at=now,
            )
            made = connection.scalars(statement.returning(models.c.id)).one()
            rows = [
                {
                    "model_id": made,
                    "view": column.view,
                    "feature_column": column.column,
                    "version": column.version,
                    "fingerprint": column.fingerprint,
                }
                for column in wanted[1]
            ]
            connection.execute(insert(model_columns), rows)
            return _select(connection, models.c.id == made)[0]

    def unbind(self, name: str, version: str | None, principal: str, now: int) -> tuple[BoundModel, ...]:
        """Let go of a model's features, in every version without one; returns what was bound."""
        with writing(self._engine) as connection:
            hold(connection, "definitions")
            present = _select(connection, *_bound(name, version))
            _unbind(connection, name, version, principal, now)
        return present

    def bound(self) -> tuple[BoundModel, ...]:
        """All models that are bound, by name and version."""
        with reading(self._engine) as connection:
            found = _select(connection, models.c.unbound_at.is_(None))
        return tuple(sorted(found, key=lambda model: (model.name, model.version)))

    def using(self, view: str, column: str | None = None) -> tuple[BoundModel, ...]:
        """The models that are bound to a view, or to one column of it, in any version."""
        asked = select(model_columns.c.model_id).where(model_columns.c.view == view)
        if column is not None:
            asked = asked.where(model_columns.c.feature_column == column)
        with reading(self._engine) as connection:
            found = _select(connection, models.c.unbound_at.is_(None), models.c.id.in_(asked))
        return tuple(sorted(found, key=lambda model: (model.name, model.version)))


def _bound(name: str, version: str | None) -> tuple[ColumnElement[bool], ...]:
    of_name = (models.c.name == name, models.c.unbound_at.is_(None))
    return of_name if version is None else (*of_name, models.c.version == version)


def _unbind(connection: Connection, name: str, version: str | None, principal: str, now: int) -> None:
    connection.execute(update(models).where(*_bound(name, version)).values(unbound_by=principal, unbound_at=now))


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[BoundModel, ...]:
    found = connection.execute(select(models).where(*conditions).order_by(models.c.id)).mappings().all()
    chosen = select(models.c.id).where(*conditions)
    held: dict[int, list[BoundColumn]] = {}
    for row in connection.execute(select(model_columns).where(model_columns.c.model_id.in_(chosen))).mappings():
        column = BoundColumn(row["view"], row["feature_column"], row["version"], row["fingerprint"])
        held.setdefault(row["model_id"], []).append(column)
    return tuple(
        BoundModel(
            **{**row, "features": tuple(from_json(row["features"])), "columns": tuple(sorted(held.get(row["id"], [])))}
        )
        for row in found
    )
