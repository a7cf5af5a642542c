"""Applied definitions: versioned by what they compute, with the history of their metadata."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, update

from definitions.errors import ConflictError, RequestError
from definitions.model import KINDS, Definition, Repository, Source
from featurestore.clock import format_instant
from featurestore.registry.acting import Acting
from featurestore.registry.audit import append_entry
from featurestore.registry.company import refresh_company
from featurestore.registry.database import advance, hold, reading, writing
from featurestore.registry.tables import applications, counters, definition_bodies, definitions, from_json, to_json

Key = tuple[str, str]
"""A definition's kind (one of `definitions.model.KINDS`) and name."""

_COLLECTIONS: Final = {
    "entity": "entities",
    "source": "sources",
    "feature_view": "feature_views",
    "feature_service": "feature_services",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What one application did to one definition: `created` (also each further version), `metadata` (same version,
    another body), `retired` (gone from the repository) or `restored` (back as it was)."""

    kind: str
    name: str
    version: int
    what: Literal["created", "metadata", "retired", "restored"]


@dataclass(frozen=True, slots=True)
class ApplyRecord:
    """One application of a repository. Without changes it was recorded nowhere and `revision` is the former one."""

    revision: int
    principal: str
    applied_at: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class DefinitionVersion:
    """One version of a definition; a later one, or `retired_at`, says that it is no longer the present one."""

    kind: str
    name: str
    version: int
    fingerprint: str
    created_at: int
    created_by: str
    retired_at: int | None


class DefinitionRegistry:
    """Applies repositories and reads them back, now and as they were."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def apply(
        self,
        repository: Repository,
        fingerprints: Mapping[Key, str],
        principal: str,
        now: int,
        acting: Acting | None = None,
        since: int | None = None,
    ) -> ApplyRecord:
        """Make `repository` the present one, in one transaction.

        A definition whose fingerprint changed gets its next version; one whose other text changed gets a new body
        under the same version; one that is missing is retired. The same repository again changes nothing.

        Args:
            repository: all definitions; what is not in it is retired.
            fingerprints: one per definition.
            principal: who applies.
            now: UTC microseconds.
            acting: who it is for the audit, by which right and when; without it, the principal, now.
            since: the revision that was looked at before, if it matters that nobody has applied anything since then.

        Raises:
            ConflictError: somebody applied something after `since`, and not just this; nothing was changed.
            RequestError: a definition has no fingerprint.
        """
        offered = dict(_definitions_of(repository))
        if missing := sorted(offered.keys() - fingerprints.keys()):
            raise RequestError(f"no fingerprint for {', '.join(f'{kind} {name}' for kind, name in missing)}")
        with writing(self._engine) as connection:
            revision = hold(connection, "definitions")
            newest = _newest(connection)
            changes = tuple(
                change
                for key, model in offered.items()
                if (change := _put(connection, key, model, fingerprints[key], newest.get(key), principal, now))
            ) + _retire(connection, [row for key, row in newest.items() if key not in offered], now)
            if changes and since is not None and revision != since:
                raise ConflictError(
                    "somebody else applied definitions meanwhile; see `featurestore plan` and apply again; "
                    "nothing was changed"
                )
            if changes:
                revision = advance(connection, "definitions")
                listed = [[change.kind, change.name, change.version, change.what] for change in changes]
                connection.execute(
                    insert(applications).values(
                        revision=revision, principal=principal, applied_at=now, changes=to_json(listed)
                    )
                )
                acting = acting or Acting(principal, "embedded", now)
                append_entry(connection, acting, "apply", f"revision {revision}", {"changes": listed})
                refresh_company(connection, acting.at)
        return ApplyRecord(revision, principal, now, changes)

    def current(self) -> Repository:
        """The present definitions, the latest body of each; an empty repository before the first application."""
        with reading(self._engine) as connection:
            found = {
                key: _model(row["kind"], row["body"])
                for key, row in _newest(connection).items()
                if row["retired_at"] is None
            }
        return _repository(found)

    def sources(self) -> dict[str, Source]:
        """The present sources alone, by name."""
        statement = _with_body().where(definitions.c.kind == "source", definitions.c.retired_at.is_(None))
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(definitions.c.version)).mappings()
            return {row["name"]: Source.model_validate_json(row["body"]) for row in rows}

    def at(self, instant: int) -> Repository:
        """The definitions that were applied at `instant` (UTC microseconds), in the bodies they had then."""
        standing: dict[Key, int] = {}
        for record in self.applied():
            if record.applied_at <= instant:
                for change in record.changes:
                    standing[change.kind, change.name] = change.version
                    if change.what == "retired":
                        del standing[change.kind, change.name]
        with reading(self._engine) as connection:
            found = {
                (row["kind"], row["name"]): _model(row["kind"], row["body"])
                for row in connection.execute(_with_body(instant)).mappings()
                if standing.get((row["kind"], row["name"])) == row["version"]
            }
        return _repository(found)

    def version(self, kind: str, name: str, version: int | None = None) -> Definition:
        """The latest body of a version; of the newest one without a number. A number also finds what was retired.

        Raises:
            RequestError: there is no such definition or version, or it was retired and no number was given.
        """
        with reading(self._engine) as connection:
            known = _versions(connection, kind, name)
            if not known:
                raise _unknown(connection, kind, name)
            wanted = known[-1] if version is None else next((one for one in known if one.version == version), None)
            if wanted is None:
                raise RequestError(f"{kind} {name} has no version {version}; its newest is {known[-1].version}")
            if version is None and wanted.retired_at is not None:
                raise RequestError(
                    f"{kind} {name} was retired at {format_instant(wanted.retired_at)}; "
                    f"{name}@{wanted.version} still names its last version"
                )
            statement = (
                _with_body()
                .where(definitions.c.kind == kind, definitions.c.name == name)
                .where(definitions.c.version == wanted.version)
            )
            return _model(kind, connection.execute(statement).mappings().one()["body"])

    def versions(self, kind: str, name: str) -> tuple[DefinitionVersion, ...]:
        """All versions of a definition, oldest first; none if the name was never applied."""
        with reading(self._engine) as connection:
            return _versions(connection, kind, name)

    def fingerprints(self) -> dict[Key, str]:
        """The fingerprint of each present definition."""
        with reading(self._engine) as connection:
            return {key: row["fingerprint"] for key, row in _newest(connection).items() if row["retired_at"] is None}

    def applied(self) -> tuple[ApplyRecord, ...]:
        """All applications that changed something, oldest first."""
        with reading(self._engine) as connection:
            found = connection.execute(select(applications).order_by(applications.c.revision)).mappings().all()
        return tuple(
            ApplyRecord(
                row["revision"],
                row["principal"],
                row["applied_at"],
                tuple(Change(*change) for change in from_json(row["changes"])),
            )
            for row in found
        )

    def changed_since(self, revision: int) -> set[Key]:
        """What applications after that one have changed."""
        with reading(self._engine) as connection:
            found = connection.scalars(select(applications.c.changes).where(applications.c.revision > revision)).all()
        return {(kind, name) for changes in found for kind, name, *_ in from_json(changes)}

    def revision(self) -> int:
        """A number that changes whenever an application changed something; cheap to poll."""
        with reading(self._engine) as connection:
            return int(connection.scalars(select(counters.c.value).where(counters.c.name == "definitions")).one())


def _repository(found: Mapping[Key, Definition]) -> Repository:
    return Repository.model_validate(
        {
            collection: {name: model for (kind, name), model in found.items() if kind == of_kind}
            for of_kind, collection in _COLLECTIONS.items()
        }
    )


def _definitions_of(repository: Repository) -> Iterator[tuple[Key, Definition]]:
    for kind, collection in _COLLECTIONS.items():
        for name, model in sorted(getattr(repository, collection).items()):
            yield (kind, name), model


def _put(
    connection: Connection,
    key: Key,
    model: Definition,
    fingerprint: str,
    former: RowMapping | None,
    principal: str,
    now: int,
) -> Change | None:
    """Bring one definition up to date; None if it is so already."""
    kind, name = key
    body = _body(model)
    what: Literal["created", "metadata", "restored"]
    if former is None or former["fingerprint"] != fingerprint:
        version = 1 if former is None else former["version"] + 1
        identity = connection.scalars(
            insert(definitions)
            .values(
                kind=kind, name=name, version=version, fingerprint=fingerprint, created_at=now, created_by=principal
            )
            .returning(definitions.c.id)
        ).one()
        what = "created"
    else:
        version, identity = former["version"], former["id"]
        retired = former["retired_at"] is not None
        # What is stored is read and written again before comparing: a default that came later is no change.
        same = body == _body(_model(kind, former["body"]))
        if same and not retired:
            return None
        if retired:
            connection.execute(update(definitions).where(definitions.c.id == identity).values(retired_at=None))
        what = "restored" if retired else "metadata"
        if same:
            return Change(kind, name, version, what)
    connection.execute(
        insert(definition_bodies).values(definition_id=identity, body=body, applied_at=now, applied_by=principal)
    )
    return Change(kind, name, version, what)


def _retire(connection: Connection, missing: list[RowMapping], now: int) -> tuple[Change, ...]:
    present = [row for row in missing if row["retired_at"] is None]
    for row in present:
        connection.execute(update(definitions).where(definitions.c.id == row["id"]).values(retired_at=now))
    return tuple(Change(row["kind"], row["name"], row["version"], "retired") for row in present)


def _with_body(by: int | None = None) -> Select[Any]:
    """Every version of every definition, each with its latest body; with the latest that it had by an instant."""
    bodies = definition_bodies.alias()
    latest = select(func.max(bodies.c.id)).where(bodies.c.definition_id == definitions.c.id)
    if by is not None:
        latest = latest.where(bodies.c.applied_at <= by)
    latest_body = definition_bodies.c.id == latest.scalar_subquery().correlate(definitions)
    return select(definitions, definition_bodies.c.body).select_from(definitions.join(definition_bodies, latest_body))


def _newest(connection: Connection) -> dict[Key, RowMapping]:
    """The newest version of each definition with its latest body, by name; retired ones too."""
    rows = connection.execute(_with_body().order_by(definitions.c.name, definitions.c.version)).mappings()
    return {(row["kind"], row["name"]): row for row in rows}


def _versions(connection: Connection, kind: str, name: str) -> tuple[DefinitionVersion, ...]:
    statement = (
        select(definitions)
        .where(definitions.c.kind == kind, definitions.c.name == name)
        .order_by(definitions.c.version)
    )
    return tuple(
        DefinitionVersion(
            row["kind"],
            row["name"],
            row["version"],
            row["fingerprint"],
            row["created_at"],
            row["created_by"],
            row["retired_at"],
        )
        for row in connection.execute(statement).mappings()
    )


def _body(model: Definition) -> str:
    """A definition as JSON text, in the model's order: the order of an entity's keys has a meaning."""
    return model.model_dump_json()


def _model(kind: str, body: str) -> Definition:
    return KINDS[kind].model_validate_json(body)


def _unknown(connection: Connection, kind: str, name: str) -> RequestError:
    if kind not in KINDS:
        return RequestError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    names = connection.scalars(select(definitions.c.name).where(definitions.c.kind == kind).distinct()).all()
    near = difflib.get_close_matches(name, names, n=1)
    return RequestError(f"there is no {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
