"""What a principal may do: decisions over one state of the company, as pure functions. What no rule allows is denied.

`now` is an instant in UTC microseconds; grants end at theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from featurestore.governance.access_record import Company, Grant, Thing, key_of
from featurestore.governance.roles import PLATFORM, Right, Role, is_at_least


def is_here(company: Company, principal: str) -> bool:
    """Whether somebody is registered and has not left."""
    found = company.principals.get(principal)
    return found is not None and not found.left


def roles_of(company: Company, principal: str) -> dict[str, Role]:
    """The role that somebody has in each of their teams; none if they are unknown or have left."""
    found = company.principals.get(principal)
    return {} if found is None or found.left else found.roles


def is_platform_admin(company: Company, principal: str) -> bool:
    """Whether somebody looks after people and teams."""
    return roles_of(company, principal).get(PLATFORM) == "admin"


def team_of(company: Company, thing: Thing) -> str:
    """The team that owns a thing; the platform's if it names none that there is."""
    return thing.team if thing.team in company.teams and thing.team is not None else PLATFORM


def role_on(company: Company, principal: str, thing: Thing) -> Role | None:
    """Somebody's role in the team that owns a thing."""
    return roles_of(company, principal).get(team_of(company, thing))


def may(company: Company, principal: str, right: Right, thing: Thing, now: int) -> bool:
    """Whether somebody has a right on a thing.

    Nobody has any on what they cannot discover. Reading needs the same of every source that it is made of, unless the
    source is of the same team, or its owner granted it to the view.
    """
    if not _discovers(company, principal, thing, now):
        return False
    match right:
        case "discover":
            return True
        case "read":
            return _reads(company, principal, thing, now)
        case "manage":
            return may_write(company, principal, thing) or _granted(company, principal, thing, now, "manage")


def may_write(company: Company, principal: str, thing: Thing) -> bool:
    """Whether somebody may change a thing's YAML: authors of its team, and nobody by a grant."""
    return is_at_least(role_on(company, principal, thing), "author")


def may_approve(company: Company, principal: str, thing: Thing) -> bool:
    """Whether somebody may decide who else has rights on a thing: approvers of its team."""
    return is_at_least(role_on(company, principal, thing), "approver")


def may_administer(company: Company, principal: str, team: str) -> bool:
    """Whether somebody may say who is in a team: its admins, and the platform's."""
    return roles_of(company, principal).get(team) == "admin" or is_platform_admin(company, principal)


def inputs_of(company: Company, thing: Thing) -> Iterator[Thing | None]:
    """What a thing is made of, at one remove; None for what is not known, on which nobody has any right."""
    return (company.things.get(key) for key in thing.inputs)


def refused_sources(company: Company, principal: str, thing: Thing, now: int) -> tuple[Thing | None, ...]:
    """The sources for lack of which somebody may not read a view or a union, or a service's views."""
    return tuple(
        each
        for each in inputs_of(company, thing)
        if each is None or (each.kind != "entity" and not _reads_as_input(company, principal, each, thing, now))
    )


def _discovers(company: Company, principal: str, thing: Thing, now: int) -> bool:
    """A thing is as hidden as the most hidden of what it is made of."""
    if not _shown(company, principal, thing, now) and not _shown_by_a_view(company, principal, thing, now):
        return False
    return all(
        each is not None and (_opened(company, each, thing, now) or _discovers(company, principal, each, now))
        for each in inputs_of(company, thing)
    )


def _shown(company: Company, principal: str, thing: Thing, now: int) -> bool:
    """Whether a thing alone is shown: to everybody here, unless it is hidden; then to its team, and whoever was granted
    anything on it. The platform's admins see what there is."""
    if not is_here(company, principal):
        return False
    if not thing.hidden or role_on(company, principal, thing) is not None or is_platform_admin(company, principal):
        return True
    return any(_granted(company, principal, thing, now, right) for right in ("discover", "read", "manage"))


def _shown_by_a_view(company: Company, principal: str, thing: Thing, now: int) -> bool:
    """Whether a source was granted to a view that is shown: whoever sees the view sees what it is made of."""
    return any(
        view is not None and _shown(company, principal, view, now)
        for grant in _grants_on(company, thing, now)
        if grant.grantee_kind == "view"
        for view in (company.things.get(key_of("feature_view", grant.grantee)),)
    )


def _reads(company: Company, principal: str, thing: Thing, now: int) -> bool:
    if thing.kind in ("source", "feature_view"):
        owned = role_on(company, principal, thing) is not None
        if not owned and not _granted(company, principal, thing, now, "read"):
            return False
    return not refused_sources(company, principal, thing, now)


def _reads_as_input(company: Company, principal: str, thing: Thing, whole: Thing, now: int) -> bool:
    if thing.kind == "source" and (team_of(company, thing) == team_of(company, whole)):
        # What the source is a union of may be others' still.
        return not refused_sources(company, principal, thing, now)
    return _opened(company, thing, whole, now) or _reads(company, principal, thing, now)


def _opened(company: Company, thing: Thing, view: Thing, now: int) -> bool:
    """Whether a source may be read through a view, as its owner granted it to that view."""
    name = view.name.partition("@")[0]
    return view.kind == "feature_view" and any(
        grant.grantee_kind == "view" and grant.grantee == name and grant.right == "read"
        for grant in _grants_on(company, thing, now)
    )


def _granted(company: Company, principal: str, thing: Thing, now: int, right: Right) -> bool:
    if not is_here(company, principal):
        return False
    teams = roles_of(company, principal)
    return any(
        grant.right == right
        and (
            (grant.grantee_kind == "principal" and grant.grantee == principal)
            or (grant.grantee_kind == "team" and grant.grantee in teams)
        )
        for grant in _grants_on(company, thing, now)
    )


def _grants_on(company: Company, thing: Thing, now: int) -> Iterator[Grant]:
    """The grants on a thing that are on; those on a view are on all its versions."""
    key = key_of(thing.kind, thing.name.partition("@")[0])
    return (grant for grant in company.grants.get(key, ()) if grant.expires_at is None or now < grant.expires_at)
