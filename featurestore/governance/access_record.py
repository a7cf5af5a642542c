"""Who may do what, as one small record: all that a decision needs, read by a fresh process in no time.

It is written again in the transaction that changes any of it, so that readers see one state of it.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, msgpack

from featurestore.governance.roles import GranteeKind, PrincipalKind, Right, Role, Scope

ACCESS_KEY: Final = "access"
"""The record's name among the serving records."""


class Principal(Struct, frozen=True, array_like=True):
    """A person or a service, with its role in each of its teams; whoever `left` may do nothing."""

    kind: PrincipalKind
    left: bool
    roles: dict[str, Role]


class Token(Struct, frozen=True, array_like=True):
    """A token that was not revoked, by the SHA-256 of its secret; it expires at an instant (UTC microseconds)."""

    digest: bytes
    principal: str
    scopes: tuple[Scope, ...]
    expires_at: int


class Grant(Struct, frozen=True, array_like=True):
    """A right on a source or a view that was not revoked; `expires_at` None is for good."""

    right: Right
    grantee_kind: GranteeKind
    grantee: str
    expires_at: int | None


class Thing(Struct, frozen=True, array_like=True):
    """A definition as far as rights are concerned.

    `inputs` are keys (`kind:name`) of what it is made of: a view's entity and sources, a union's members, a service's
    views. `place` is where a source's rows are: a path below the repository, or a table of Spark's catalog. What is
    `retired` keeps its name, and its owner.
    """

    kind: str
    name: str
    team: str | None
    owner: str | None
    hidden: bool
    inputs: tuple[str, ...]
    place: str = ""
    retired: bool = False


class Company(Struct, frozen=True, array_like=True):
    """Everybody and everything: people by name, tokens by id, grants and things by `kind:name`.

    Of views each applied version is there, as `feature_view:name@2`; without a number it is the newest. `written_at`
    is the latest instant (UTC microseconds) at which anything of it was written.
    """

    written_at: int
    principals: dict[str, Principal]
    teams: tuple[str, ...]
    tokens: dict[str, Token]
    grants: dict[str, tuple[Grant, ...]]
    things: dict[str, Thing]


def key_of(kind: str, name: str) -> str:
    """How a definition is named in a company."""
    return f"{kind}:{name}"


encode_company = msgpack.Encoder().encode
decode_company = msgpack.Decoder(Company).decode
