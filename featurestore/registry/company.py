"""The company as one serving record, made anew in the transaction that changes any of it."""

from __future__ import annotations

import json
from collections import defaultdict

from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from featurestore.governance.access_record import (
    ACCESS_KEY,
    Company,
    Grant,
    Principal,
    Thing,
    Token,
    decode_company,
    encode_company,
    key_of,
)
from featurestore.governance.roles import Role
from featurestore.governance.things import owned_as, thing_of_body
from featurestore.registry.serving import store_record
from featurestore.registry.tables import (
    definition_bodies,
    definitions,
    from_json,
    grants,
    memberships,
    principals,
    serving,
    teams,
    tokens,
)


def refresh_company(connection: Connection, now: int) -> None:
    """Bring the record in line with the tables; there is none as long as nobody is registered."""
    if connection.execute(select(principals.c.name).limit(1)).first() is not None:
        former = connection.scalar(select(serving.c.payload).where(serving.c.name == ACCESS_KEY))
        # A clock that went back must bring nothing to life that had ended by the record before.
        latest = now if former is None else max(now, decode_company(former).written_at)
        store_record(connection, ACCESS_KEY, encode_company(read_company(connection, latest)), now)


def read_company(connection: Connection, now: int) -> Company:
    """Everybody and everything, from the tables."""
    return Company(
        written_at=now,
        principals=_principals(connection),
        teams=tuple(connection.scalars(select(teams.c.name).order_by(teams.c.name))),
        tokens={
            row.id: Token(row.digest, row.principal, tuple(from_json(row.scopes)), row.expires_at)
            for row in connection.execute(select(tokens).where(tokens.c.revoked_at.is_(None)).order_by(tokens.c.id))
        },
        grants=_grants(connection),
        things=_things(connection),
    )


def _principals(connection: Connection) -> dict[str, Principal]:
    roles: dict[str, dict[str, Role]] = defaultdict(dict)
    for row in connection.execute(select(memberships).order_by(memberships.c.team)):
        roles[row.principal][row.team] = row.role
    return {
        row.name: Principal(row.kind, row.left_at is not None, roles[row.name])
        for row in connection.execute(select(principals).order_by(principals.c.name))
    }


def _grants(connection: Connection) -> dict[str, tuple[Grant, ...]]:
    found: dict[str, list[Grant]] = defaultdict(list)
    for row in connection.execute(select(grants).where(grants.c.revoked_at.is_(None)).order_by(grants.c.id)):
        grant = Grant(row.access_right, row.grantee_kind, row.grantee, row.expires_at)
        found[key_of(row.kind, row.name)].append(grant)
    return {key: tuple(held) for key, held in found.items()}


def _things(connection: Connection) -> dict[str, Thing]:
    """Each version of each view, and the newest one of everything, also of what was retired."""
    latest = select(func.max(definition_bodies.c.id)).group_by(definition_bodies.c.definition_id)
    statement = (
        select(definitions, definition_bodies.c.body)
        .join(definition_bodies, definition_bodies.c.definition_id == definitions.c.id)
        .where(definition_bodies.c.id.in_(latest))
        .order_by(definitions.c.kind, definitions.c.name, definitions.c.version)
    )
    found: dict[str, Thing] = {}
    for row in connection.execute(statement):
        body = json.loads(row.body)
        thing = thing_of_body(row.kind, body)
        found[key_of(row.kind, row.name)] = replace(thing, retired=row.retired_at is not None)
        if row.kind == "feature_view":
            found[key_of(row.kind, f"{row.name}@{row.version}")] = thing_of_body(row.kind, body, row.version)
    # Whose a view is, and who sees it, is said of its present version for all of them.
    newest = {key: found[key_of(thing.kind, thing.name.partition("@")[0])] for key, thing in found.items()}
    return {key: owned_as(thing, newest[key]) for key, thing in found.items()}
