"""People and services, teams, and who is what in which."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.governance.roles import PLATFORM, PrincipalKind, Role
from featurestore.registry.acting import Acting
from featurestore.registry.audit import append_entry
from featurestore.registry.company import refresh_company
from featurestore.registry.database import hold, insert_or, reading, writing
from featurestore.registry.tables import memberships, principals, teams, tokens


@dataclass(frozen=True, slots=True)
class RegisteredPrincipal:
    """A person or a service; instants are UTC microseconds, `left_at` None as long as it is here."""

    name: str
    kind: PrincipalKind
    registered_at: int
    registered_by: str
    left_at: int | None


@dataclass(frozen=True, slots=True)
class Membership:
    """What a principal is in a team, since when and by whom."""

    team: str
    principal: str
    role: Role
    given_at: int
    given_by: str


class PeopleRegistry:
    """Registers principals, makes teams, gives roles. Each change is audited in its own transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def principals(self) -> tuple[RegisteredPrincipal, ...]:
        """Everybody who was ever registered, by name."""
        with reading(self._engine) as connection:
            found = connection.execute(select(principals).order_by(principals.c.name)).mappings()
            return tuple(RegisteredPrincipal(**row) for row in found)

    def teams(self) -> tuple[str, ...]:
        """All teams by name."""
        with reading(self._engine) as connection:
            return tuple(connection.scalars(select(teams.c.name).order_by(teams.c.name)))

    def members(self, team: str | None = None) -> tuple[Membership, ...]:
        """The members of a team, or of all."""
        statement = select(memberships).order_by(memberships.c.team, memberships.c.principal)
        if team is not None:
            statement = statement.where(memberships.c.team == team)
        with reading(self._engine) as connection:
            return tuple(Membership(**row) for row in connection.execute(statement).mappings())

    def found(self, name: str, acting: Acting) -> None:
        """Register the first principal, with the platform's team, as its admin.

        Raises:
            RequestError: somebody is registered already.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            if connection.execute(select(principals.c.name).limit(1)).first() is not None:
                raise RequestError("this registry has an admin already; ask the platform team to register you")
            _insert_principal(connection, name, "person", acting)
            connection.execute(insert(teams).values(name=PLATFORM, created_at=acting.at, created_by=acting.principal))
            _put_member(connection, PLATFORM, name, "admin", acting)
            append_entry(connection, acting, "bootstrap", name, {"team": PLATFORM})
            refresh_company(connection, acting.at)

    def register(self, name: str, kind: PrincipalKind, acting: Acting) -> None:
        """Register a person or a service.

        Raises:
            RequestError: the name is taken, also by somebody who left.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            if connection.execute(select(principals).where(principals.c.name == name)).first() is not None:
                raise RequestError(f"{name!r} is registered already; names are never used twice")
            _insert_principal(connection, name, kind, acting)
            append_entry(connection, acting, "register", name, {"kind": kind})
            refresh_company(connection, acting.at)

    def leave(self, name: str, acting: Acting) -> None:
        """Note that somebody left: no role, no token; what they did keeps their name.

        Raises:
            RequestError: nobody is called so, or it is the platform's last admin.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            _require_present(connection, name)
            _require_another_admin(connection, name)
            connection.execute(delete(memberships).where(memberships.c.principal == name))
            mine = update(tokens).where(tokens.c.principal == name, tokens.c.revoked_at.is_(None))
            connection.execute(mine.values(revoked_at=acting.at, revoked_by=acting.principal))
            connection.execute(update(principals).where(principals.c.name == name).values(left_at=acting.at))
            append_entry(connection, acting, "leave", name, {})
            refresh_company(connection, acting.at)

    def create_team(self, name: str, acting: Acting) -> None:
        """Make a team.

        Raises:
            RequestError: there is one of this name.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            if connection.execute(select(teams).where(teams.c.name == name)).first() is not None:
                raise RequestError(f"there is a team {name!r} already")
            connection.execute(insert(teams).values(name=name, created_at=acting.at, created_by=acting.principal))
            append_entry(connection, acting, "create-team", name, {})
            refresh_company(connection, acting.at)

    def give_role(self, team: str, principal: str, role: Role, acting: Acting) -> None:
        """Make somebody a member of a team, or give a member another role.

        Raises:
            RequestError: there is no such team or principal, or the platform would be left without an admin.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            _require_team(connection, team)
            _require_present(connection, principal)
            if team == PLATFORM and role != "admin":
                _require_another_admin(connection, principal)
            _put_member(connection, team, principal, role, acting)
            append_entry(connection, acting, "give-role", f"{principal} in {team}", {"role": role})
            refresh_company(connection, acting.at)

    def remove_member(self, team: str, principal: str, acting: Acting) -> None:
        """Take somebody out of a team.

        Raises:
            RequestError: there is no such team, or they are not in it, or the platform would be without an admin.
        """
        with writing(self._engine) as connection:
            hold(connection, "access")
            _require_team(connection, team)
            if team == PLATFORM:
                _require_another_admin(connection, principal)
            mine = delete(memberships).where(memberships.c.team == team, memberships.c.principal == principal)
            if not connection.execute(mine).rowcount:
                raise RequestError(f"{principal!r} is not in the team {team!r}")
            append_entry(connection, acting, "remove-member", f"{principal} in {team}", {})
            refresh_company(connection, acting.at)


def _insert_principal(connection: Connection, name: str, kind: PrincipalKind, acting: Acting) -> None:
    connection.execute(
        insert(principals).values(name=name, kind=kind, registered_at=acting.at, registered_by=acting.principal)
    )


def _put_member(connection: Connection, team: str, principal: str, role: Role, acting: Acting) -> None:
    given = {"role": role, "given_at": acting.at, "given_by": acting.principal}
    statement = insert_or(connection, memberships).values(team=team, principal=principal, **given)
    connection.execute(statement.on_conflict_do_update(index_elements=["team", "principal"], set_=given))


def _require_team(connection: Connection, name: str) -> None:
    known = connection.scalars(select(teams.c.name)).all()
    if name not in known:
        raise RequestError(f"there is no team {name!r}; {suggest(name, known, 'teams')}")


def _require_present(connection: Connection, name: str) -> None:
    """
    Raises:
        RequestError: nobody is registered so, or they have left.
    """
    known = connection.scalars(select(principals.c.name).where(principals.c.left_at.is_(None))).all()
    if name not in known:
        raise RequestError(f"nobody here is called {name!r}; {suggest(name, known, 'names')}")


def _require_another_admin(connection: Connection, name: str) -> None:
    admins = connection.scalars(
        select(memberships.c.principal).where(memberships.c.team == PLATFORM, memberships.c.role == "admin")
    ).all()
    if admins == [name]:
        raise RequestError(f"{name!r} is the platform's last admin; make somebody else one first")
