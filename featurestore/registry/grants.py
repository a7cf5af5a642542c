"""Requests for rights, and the grants that come of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, insert, select, update

from definitions.errors import RequestError
from featurestore.governance.roles import GranteeKind, Right
from featurestore.governance.words import spell_object
from featurestore.registry.acting import Acting
from featurestore.registry.audit import append_entry
from featurestore.registry.company import refresh_company
from featurestore.registry.database import hold, reading, writing
from featurestore.registry.tables import access_requests, grants

RequestState = Literal["open", "approved", "denied"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A right on a source or a view (`kind`, `name`) for somebody; `expires_at` (UTC microseconds) None is for good."""

    right: Right
    kind: Literal["source", "feature_view"]
    name: str
    grantee_kind: GranteeKind
    grantee: str
    reason: str
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What was asked for, by whom, and what became of it; `decision` is why."""

    id: int
    wanted: Wanted
    asked_by: str
    asked_at: int
    state: RequestState
    decided_by: str | None
    decided_at: int | None
    decision: str | None


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """A right that somebody has, who asked for it and who approved; `self_approved` says that it was one and the same,
    as it is where nobody else is registered."""

    id: int
    request_id: int
    wanted: Wanted
    asked_by: str
    approved_by: str
    self_approved: bool
    granted_at: int
    revoked_at: int | None
    revoked_by: str | None
    revocation: str | None


class GrantRegistry:
    """Keeps requests, decides them once, and revokes grants."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def requests(self) -> tuple[AccessRequest, ...]:
        """Every request, oldest first."""
        with reading(self._engine) as connection:
            return _requests(connection)

    def all(self) -> tuple[AccessGrant, ...]:
        """Every grant, oldest first, also those that were revoked or have ended."""
        with reading(self._engine) as connection:
            found = connection.execute(select(grants).order_by(grants.c.id)).mappings()
            return tuple(_grant(row) for row in found)

    def ask(self, wanted: Wanted, acting: Acting, approved: bool = False) -> AccessRequest:
        """Keep a request; the same again while it is open is the same request. One that is `approved` approves itself
        and is marked so."""
        with writing(self._engine) as connection:
            hold(connection, "access")
            same = [
                item for item in _requests(connection, access_requests.c.state == "open")
                if (item.wanted, item.asked_by) == (wanted, acting.principal)
            ]  # fmt: skip
            if same:
                return same[0]
            identity = connection.scalars(
                insert(access_requests)
                .values(**_columns(wanted), asked_by=acting.principal, asked_at=acting.at, state="open")
                .returning(access_requests.c.id)
            ).one()
            append_entry(connection, acting, "request-access", _subject(wanted), _detail(identity, wanted))
            (request,) = _requests(connection, access_requests.c.id == identity)
            if approved:
                _decide(connection, request, "approved", "approved itself", acting)
                _grant_it(connection, request, True, acting)
                (request,) = _requests(connection, access_requests.c.id == identity)
        return request

    def approve(self, identity: int, decision: str, acting: Acting) -> AccessRequest:
        """Grant what a request asks for.

        Raises:
            RequestError: there is no such request, somebody decided it already, or the one who approves is the one who
                asked or who would get the right.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            request = _open_request(connection, identity)
            wanted = request.wanted
            mine = acting.principal in (request.asked_by, wanted.grantee if wanted.grantee_kind == "principal" else "")
            if mine:
                raise RequestError(f"request {identity} is your own; somebody else has to approve it")
            _decide(connection, request, "approved", decision, acting)
            _grant_it(connection, request, False, acting)
            return _requests(connection, access_requests.c.id == identity)[0]

    def deny(self, identity: int, decision: str, acting: Acting) -> AccessRequest:
        """Refuse what a request asks for.

        Raises:
            RequestError: there is no such request, or somebody decided it already.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            request = _open_request(connection, identity)
            _decide(connection, request, "denied", decision, acting)
            return _requests(connection, access_requests.c.id == identity)[0]

    def revoke(self, identity: int, reason: str, acting: Acting) -> None:
        """End a grant.

        Raises:
            RequestError: there is no such grant, or it was revoked already.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            on = update(grants).where(grants.c.id == identity, grants.c.revoked_at.is_(None))
            ended = on.values(revoked_at=acting.at, revoked_by=acting.principal, revocation=reason)
            if not connection.execute(ended).rowcount:
                raise RequestError(f"there is no grant {identity} that could be revoked")
            append_entry(connection, acting, "revoke", f"grant {identity}", {"reason": reason})
            refresh_company(connection, acting.at)


def _open_request(connection: Connection, identity: int) -> AccessRequest:
    found = _requests(connection, access_requests.c.id == identity)
    if not found:
        raise RequestError(f"there is no request {identity}; see `featurestore grant requests`")
    if found[0].state != "open":
        raise RequestError(f"request {identity} was {found[0].state} by {found[0].decided_by} already")
    return found[0]


def _decide(connection: Connection, request: AccessRequest, state: RequestState, decision: str, acting: Acting) -> None:
    decided = {"state": state, "decided_by": acting.principal, "decided_at": acting.at, "decision": decision}
    connection.execute(update(access_requests).where(access_requests.c.id == request.id).values(**decided))
    action = "approve" if state == "approved" else "deny"
    detail = {**_detail(request.id, request.wanted), "asked_by": request.asked_by, "decision": decision}
    append_entry(connection, acting, action, _subject(request.wanted), detail)


def _grant_it(connection: Connection, request: AccessRequest, self_approved: bool, acting: Acting) -> None:
    connection.execute(
        insert(grants).values(
            **_columns(request.wanted),
            request_id=request.id,
            asked_by=request.asked_by,
            approved_by=acting.principal,
            self_approved=int(self_approved),
            granted_at=acting.at,
        )
    )
    refresh_company(connection, acting.at)


def _columns(wanted: Wanted) -> dict[str, Any]:
    values = asdict(wanted)
    return {"access_right": values.pop("right"), **values}


def _subject(wanted: Wanted) -> str:
    return f"{wanted.right} {spell_object(wanted.kind, wanted.name)}"


def _detail(identity: int, wanted: Wanted) -> dict[str, Any]:
    to = f"{wanted.grantee_kind} {wanted.grantee}"
    return {"request": identity, "to": to, "reason": wanted.reason, "expires_at": wanted.expires_at}


def _requests(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[AccessRequest, ...]:
    statement = select(access_requests).where(*conditions).order_by(access_requests.c.id)
    return tuple(
        AccessRequest(
            row["id"], _wanted(row), row["asked_by"], row["asked_at"], row["state"],
            row["decided_by"], row["decided_at"], row["decision"],
        )
        for row in connection.execute(statement).mappings()
    )  # fmt: skip


def _grant(row: RowMapping) -> AccessGrant:
    return AccessGrant(
        row["id"], row["request_id"], _wanted(row), row["asked_by"], row["approved_by"], bool(row["self_approved"]),
        row["granted_at"], row["revoked_at"], row["revoked_by"], row["revocation"],
    )  # fmt: skip


def _wanted(row: RowMapping) -> Wanted:
    return Wanted(
        row["access_right"], row["kind"], row["name"], row["grantee_kind"], row["grantee"], row["reason"],
        row["expires_at"],
    )  # fmt: skip
