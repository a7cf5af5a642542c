"""`store.teams`: people and services, the teams they are in, and what they are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.audit_key import audit_key_file, make_audit_key
from featurestore.desk import Desk, check_name
from featurestore.governance.roles import PRINCIPAL_KINDS, ROLES, SCOPES
from featurestore.governance.tokens import make_token
from featurestore.orphans import review_orphans
from featurestore.registry.people import Membership, RegisteredPrincipal
from featurestore.tokens import DEFAULT_EXPIRY


@dataclass(frozen=True)
class FirstAdmin:
    """The first admin with a token, which is shown this once, and where the audit's key is."""

    principal: str
    token: str = field(repr=False)
    token_id: str
    audit_key: Path


@dataclass(frozen=True)
class Teams(Desk):
    """People, services and teams."""

    def bootstrap(self, name: str) -> FirstAdmin:
        """Register the first principal as admin of the platform's team, with a token and a key for the audit.

        Raises:
            RequestError: somebody is registered already, or it is no name.
            ConfigurationError: the key cannot be written.
        """
        check_name(name, "person")
        if self.guard.token is not None:
            raise RequestError("the first admin is made without a token; unset FEATURESTORE_TOKEN")
        registry, acting = self.registry, self.guard.acting()
        if registry.people.principals():
            raise RequestError("this registry has an admin already; ask the platform team to register you")
        key = audit_key_file(self.context.configuration)
        make_audit_key(key)
        registry.people.found(name, acting)
        made = make_token()
        expires = self.instant(DEFAULT_EXPIRY)
        assert expires is not None
        registry.tokens.add(made, name, SCOPES, expires, acting)
        self.changed()
        return FirstAdmin(name, made.text, made.id, key)

    def principals(self) -> tuple[RegisteredPrincipal, ...]:
        """Everybody who was ever registered, by name."""
        self.guard.be_here()
        return self.registry.people.principals()

    def list(self) -> tuple[str, ...]:
        """The names of all teams."""
        self.guard.be_here()
        return self.registry.people.teams()

    def members(self, team: str | None = None) -> tuple[Membership, ...]:
        """Who is in a team, or in any.

        Raises:
            RequestError: there is no such team.
        """
        known = self.list()
        if team is not None and team not in known:
            raise RequestError(f"there is no team {team!r}; {suggest(team, known, 'teams')}")
        return self.registry.people.members(team)

    def register(self, name: str, kind: str = "person") -> None:
        """Register a person or a service, as a platform's admin.

        Raises:
            AccessError: only they may.
            RequestError: the name is taken or no name.
        """
        found = next((each for each in PRINCIPAL_KINDS if each == kind), None)
        if found is None:
            raise RequestError(f"there is no kind {kind!r} of principal; {suggest(kind, PRINCIPAL_KINDS, 'kinds')}")
        self.guard.require_platform(f"register {check_name(name, kind)}")
        self.registry.people.register(name, found, self.guard.acting())
        self.changed()

    def leave(self, name: str) -> None:
        """Note that somebody has left: their roles and tokens end, and what they own is found to be an orphan.

        Raises:
            AccessError: only the platform's admins may.
            RequestError: nobody is called so, or it is the last admin.
        """
        self.guard.require_platform(f"say that {name} has left")
        self.registry.people.leave(name, self.guard.acting())
        review_orphans(self.context, self.guard.known.clock.now())
        self.changed()

    def create(self, team: str) -> None:
        """Make a team, as a platform's admin.

        Raises:
            AccessError: only they may.
            RequestError: the name is taken or no name.
        """
        self.guard.require_platform(f"create the team {check_name(team, 'team')}")
        self.registry.people.create_team(team, self.guard.acting())
        self.changed()

    def add(self, team: str, principal: str, role: str = "viewer") -> None:
        """Make somebody a member of a team, or give a member another role, as an admin of it or of the platform.

        Raises:
            AccessError: only they may.
            RequestError: there is no such team, principal or role.
        """
        found = next((each for each in ROLES if each == role), None)
        if found is None:
            raise RequestError(f"there is no role {role!r}; {suggest(role, ROLES, 'roles')}")
        self.guard.require_admin(team, f"say who is in the team {team}")
        self.registry.people.give_role(team, principal, found, self.guard.acting())
        self.changed()

    def remove(self, team: str, principal: str) -> None:
        """Take somebody out of a team, as an admin of it or of the platform.

        Raises:
            AccessError: only they may.
            RequestError: there is no such team, or they are not in it.
        """
        self.guard.require_admin(team, f"say who is in the team {team}")
        self.registry.people.remove_member(team, principal, self.guard.acting())
        self.changed()
