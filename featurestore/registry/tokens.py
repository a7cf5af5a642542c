"""Tokens, by id and the digest of their secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, insert, select, update

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.governance.roles import Scope
from featurestore.governance.tokens import NewToken
from featurestore.registry.acting import Acting
from featurestore.registry.audit import append_entry
from featurestore.registry.company import refresh_company
from featurestore.registry.database import hold, reading, writing
from featurestore.registry.tables import from_json, principals, to_json, tokens


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token; instants are UTC microseconds, `revoked_at` None as long as it is not."""

    id: str
    principal: str
    scopes: tuple[Scope, ...]
    created_at: int
    created_by: str
    expires_at: int
    revoked_at: int | None
    revoked_by: str | None
    digest: bytes = field(repr=False)


class TokenRegistry:
    """Keeps tokens and revokes them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[StoredToken, ...]:
        """Every token there ever was, oldest first."""
        with reading(self._engine) as connection:
            found = connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id)).mappings()
            return tuple(StoredToken(**{**row, "scopes": tuple(from_json(row["scopes"]))}) for row in found)

    def add(self, made: NewToken, principal: str, scopes: Sequence[Scope], expires_at: int, acting: Acting) -> None:
        """Keep a new token of a principal.

        Raises:
            RequestError: nobody is called so, or they have left.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            known = connection.scalars(select(principals.c.name).where(principals.c.left_at.is_(None))).all()
            if principal not in known:
                raise RequestError(f"nobody here is called {principal!r}; {suggest(principal, known, 'names')}")
            connection.execute(
                insert(tokens).values(
                    id=made.id,
                    digest=made.digest,
                    principal=principal,
                    scopes=to_json(list(scopes)),
                    created_at=acting.at,
                    created_by=acting.principal,
                    expires_at=expires_at,
                )
            )
            detail = {"principal": principal, "scopes": list(scopes), "expires_at": expires_at}
            append_entry(connection, acting, "create-token", made.id, detail)
            refresh_company(connection, acting.at)

    def revoke(self, identity: str, acting: Acting) -> None:
        """Let a token be of no use any more.

        Raises:
            RequestError: there is no such token, or it was revoked already.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            found = update(tokens).where(tokens.c.id == identity, tokens.c.revoked_at.is_(None))
            if not connection.execute(found.values(revoked_at=acting.at, revoked_by=acting.principal)).rowcount:
                raise RequestError(f"there is no token {identity!r} that could be revoked")
            append_entry(connection, acting, "revoke-token", identity, {})
            refresh_company(connection, acting.at)
