"""`featurestore team`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command
from featurestore.cli.words import count, plain_table

if TYPE_CHECKING:
    from rich.console import Console


@click.group("team")
def team() -> None:
    """Look after people, services and teams."""


@command("list")
def list_teams(session: Session) -> None:
    """Show the teams and who is in them."""
    teams, members = session.store.teams.list(), session.store.teams.members()
    found = {name: [member for member in members if member.team == name] for name in teams}

    def show(console: Console) -> None:
        if not found:
            console.print("There are no teams; `featurestore bootstrap NAME` begins with the platform's.")
            return
        table = plain_table("team", "members")
        for name, inside in found.items():
            table.add_row(
                name, ", ".join(f"{member.principal} ({member.role})" for member in inside) or "[dim]nobody[/]"
            )
        console.print(table)

    document = {
        "teams": [
            {"team": name, "members": [{"principal": item.principal, "role": item.role} for item in inside]}
            for name, inside in found.items()
        ]
    }
    session.answer(document, show)


@command("people")
def people(session: Session) -> None:
    """Show everybody who was ever registered."""
    from featurestore.clock import format_instant

    found, members = session.store.teams.principals(), session.store.teams.members()
    roles = {
        item.name: {member.team: member.role for member in members if member.principal == item.name} for item in found
    }

    def show(console: Console) -> None:
        table = plain_table("name", "state", "roles")
        for item in found:
            here = "left" if item.left_at is not None else item.kind
            table.add_row(item.name, here, ", ".join(f"{role} of {team}" for team, role in roles[item.name].items()))
        console.print(table if found else "Nobody is registered.")

    document = {
        "principals": [
            {
                "name": item.name,
                "kind": item.kind,
                "registered_at": format_instant(item.registered_at),
                "left_at": None if item.left_at is None else format_instant(item.left_at),
                "roles": roles[item.name],
            }
            for item in found
        ]
    }
    session.answer(document, show)


@command("register")
@click.argument("name")
@click.option("--service", is_flag=True, help="It is a service, not a person.")
def register(session: Session, name: str, service: bool) -> None:
    """Register a person or a service."""
    kind = "service" if service else "person"
    session.store.teams.register(name, kind)
    done = f"Registered the {kind} {name}."
    session.answer({"principal": name, "kind": kind}, lambda console: console.print(done, markup=False))


@command("leave")
@click.argument("name")
def leave(session: Session, name: str) -> None:
    """Note that somebody has left.

    Their roles and tokens end at once; what they own is told of by `featurestore findings`.
    """
    session.store.teams.leave(name)
    orphans = [finding for finding in session.store.findings() if finding.numbers.get("owner") == name]

    def show(console: Console) -> None:
        console.print(f"{name} has left; {count(len(orphans), 'definition')} without an owner.", markup=False)

    session.answer({"principal": name, "orphans": [finding.subject for finding in orphans]}, show)


@command("create")
@click.argument("name", metavar="TEAM")
def create(session: Session, name: str) -> None:
    """Make a team."""
    session.store.teams.create(name)
    session.answer({"team": name}, lambda console: console.print(f"Made the team {name}.", markup=False))


@command("add")
@click.argument("name", metavar="TEAM")
@click.argument("principal")
@click.option("--role", default="viewer", show_default=True, metavar="ROLE", help="viewer, author, approver or admin.")
def add(session: Session, name: str, principal: str, role: str) -> None:
    """Make somebody a member of a team, or give a member another role."""
    session.store.teams.add(name, principal, role)
    done = f"{principal} is {role} of {name}."
    session.answer(
        {"team": name, "principal": principal, "role": role}, lambda console: console.print(done, markup=False)
    )


@command("remove")
@click.argument("name", metavar="TEAM")
@click.argument("principal")
def remove(session: Session, name: str, principal: str) -> None:
    """Take somebody out of a team."""
    session.store.teams.remove(name, principal)
    done = f"{principal} is no longer in {name}."
    session.answer({"team": name, "principal": principal}, lambda console: console.print(done, markup=False))


for _command in (list_teams, people, register, leave, create, add, remove):
    team.add_command(_command)
