"""The roles that members of a team have, the rights that grants give, and the scopes that tokens are limited to."""

from __future__ import annotations

from typing import Final, Literal, get_args

Role = Literal["viewer", "author", "approver", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the least to the most: each may what those before it may."""

Right = Literal["discover", "read", "manage"]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
"""`discover`: name, owner, description, make-up. `read`: values. `manage`: materialize, publish, roll back."""

Scope = Literal["discover", "read", "manage", "approve", "administer"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""What a token may be used for at most, whatever its principal may."""

PrincipalKind = Literal["person", "service"]
PRINCIPAL_KINDS: Final[tuple[PrincipalKind, ...]] = get_args(PrincipalKind)

GranteeKind = Literal["principal", "team", "view"]
GRANTEE_KINDS: Final[tuple[GranteeKind, ...]] = get_args(GranteeKind)
"""A source that is granted to a view may be read through that view by whoever may read the view."""

PLATFORM: Final = "platform"
"""The team whose admins look after people and teams; what names no known team is theirs."""


def is_at_least(role: Role | None, least: Role) -> bool:
    """Whether a role is `least` or above; nobody's role (None) is below all."""
    return role is not None and ROLES.index(role) >= ROLES.index(least)
