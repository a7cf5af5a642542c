"""The guard of a store: who works with it, what they see, and whether they may. Without a token everybody may all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from definitions.errors import AccessError, ConfigurationError, RequestError
from definitions.suggest import suggest
from featurestore.company_reader import CompanyReader
from featurestore.governance.access_record import Company, Thing, Token, key_of
from featurestore.governance.rights import (
    is_platform_admin,
    may,
    may_administer,
    may_approve,
    refused_sources,
    roles_of,
    team_of,
)
from featurestore.governance.roles import Role, Scope, is_at_least
from featurestore.governance.tokens import token_id, verify_token
from featurestore.governance.words import ASK_PLATFORM, how_to_ask, in_words
from featurestore.registry.acting import Acting, Mode

if TYPE_CHECKING:
    from builders.request import RequestedColumn
    from definitions.model import Repository
    from featurestore.governance.writing import Writing
    from featurestore.registry.findings import Finding
    from featurestore.resolve import Applied

_QUIET_SECONDS: Final = 60.0
"""How long the same refusal is not audited again by one process."""


@dataclass
class Guard:
    """Decides for the principal of `token`; None is no token, and allows everything.

    `known` is what is known of the company, `user` who works without a token. `record` appends to the audit.
    """

    known: CompanyReader
    token: str | None = field(repr=False)
    user: Callable[[], str]
    record: Callable[[Acting, str, str, dict[str, Any]], None]
    _allowed: dict[tuple[str, ...], int] = field(default_factory=dict)
    _told: dict[tuple[str, str], float] = field(default_factory=dict)

    # Who it is

    @property
    def mode(self) -> Mode:
        """Which mode the store is in."""
        if self.token is not None:
            return "token"
        try:
            return "embedded" if self.known.company() is None else "trusted"
        except ConfigurationError:
            # There is no registry yet.
            return "embedded"

    def acting(self) -> Acting:
        """Who acts, by which right, and when."""
        return Acting(self.principal(), self.mode, self.known.clock.now())

    def principal(self) -> str:
        """Whose token it is; without one, the machine's user.

        Raises:
            AccessError: the token is of nobody, or no longer valid.
        """
        return self.user() if self.token is None else self._verified()[1].principal

    # What it may

    def own_token(self) -> Token | None:
        """The token that is worked with, if there is one.

        Raises:
            AccessError: it is not valid.
        """
        return None if self.token is None else self._verified()[1]

    def is_platform_admin(self) -> bool:
        """Whether one looks after people and teams, by a token that may be used for it; everybody without one."""
        if self.token is None:
            return True
        company, token = self._verified()
        return "administer" in token.scopes and is_platform_admin(company, token.principal)

    def be_here(self, scope: Scope = "discover") -> None:
        """Make sure that the token is valid, and that it may be used for this.

        Raises:
            AccessError: it is not.
        """
        if self.token is not None:
            self._scoped(scope)

    def sees(self, kind: str, name: str) -> bool:
        """Whether a definition may be discovered; of views, also `name@2`."""
        if self.token is None:
            return True
        company, token = self._verified()
        base = company.things.get(key_of(kind, name.partition("@")[0]))
        thing = company.things.get(key_of(kind, name), base)
        now = self.known.now()
        return all(each is not None and may(company, token.principal, "discover", each, now) for each in (base, thing))

    def require_view(self, name: str) -> None:
        """Make sure that a view, or `view@2`, may be discovered.

        Raises:
            RequestError: it may not, or there is none.
        """
        if self.token is not None and not self.sees("feature_view", name):
            raise self._unknown_view(name)

    def seen(self, applied: Applied) -> Applied:
        """The definitions as far as they may be discovered."""
        if self.token is None:
            return applied
        from featurestore.governance.visible import visible_repository

        company, token = self._verified()
        earlier = applied.knowledge is not None
        visible = visible_repository(applied.repository, company, token.principal, self.known.now(), earlier)

        def hides(view: str, version: int | None) -> bool:
            if version is None and earlier:
                return view not in visible.feature_views
            return not self.sees("feature_view", view if version is None else f"{view}@{version}")

        return replace(applied, former=visible, hides=hides)

    def sees_finding(self, finding: Finding) -> bool:
        """Whether a finding is about nothing that is hidden."""
        numbers = finding.numbers
        about = [("feature_view", numbers["view"])] if "view" in numbers else []
        about += [("source", numbers["source"])] if "source" in numbers else []
        about += [(numbers["kind"], numbers["name"])] if {"kind", "name"} <= numbers.keys() else []
        return all(self.sees(kind, str(name)) for kind, name in about)

    def read(self, columns: Iterable[RequestedColumn]) -> None:
        """Make sure that the values of these columns may be read.

        Raises:
            AccessError: some may not.
        """
        if self.token is None:
            return
        from featurestore.governance.things import thing_of
        from featurestore.governance.visible import as_owned

        company, _ = self._scoped("read")
        for view in {id(column.view): column.view for column in columns}.values():
            self._require_read(company, as_owned(company, thing_of("feature_view", view)))

    def read_online(self, views: tuple[str, ...]) -> None:
        """Make sure that views, or versions such as `view@2`, may be read; the same again costs next to nothing.

        Raises:
            AccessError: some may not.
            RequestError: some may not even be discovered.
        """
        company = self.known.company()
        if self.token is None or self._allowed.get(views) == self.known.asked:
            return
        company, _ = self._scoped("read")
        for name in views:
            self._require_read(company, company.things.get(key_of("feature_view", name)), name)
        self._allowed[views] = self.known.asked

    def manage(self, views: Sequence[str] | None, applied: Applied) -> Sequence[str] | None:
        """The views to work on: those that are named, or all that may be managed; `applied` is what is seen.

        Raises:
            AccessError: one of them may not be managed, or none may.
            RequestError: an unknown view.
        """
        if self.token is None:
            return views
        company, token = self._scoped("manage")
        every = {**applied.repository.feature_views, **applied.pinned_views()}
        things = {name: company.things.get(key_of("feature_view", name)) for name in every}
        allowed = [
            name
            for name, thing in things.items()
            if thing is not None and may(company, token.principal, "manage", thing, self.known.now())
        ]
        if views is None:
            if not allowed:
                raise AccessError(f"{token.principal} may manage no feature view; ask an author of its team")
            return allowed
        for name in views:
            if name not in every:
                raise RequestError(f"there is no feature view {name!r}; {suggest(name, every, 'feature views')}")
            thing = things[name]
            if name not in allowed and thing is not None:
                self._refuse("manage", company, thing, f"authors of the team {team_of(company, thing)} may")
        return views

    def lacking(self, view: str) -> tuple[Thing, ...]:
        """What one would have to be granted to read a view that one sees: sources, or the view itself."""
        if self.token is None:
            return ()
        company, token = self._verified()
        thing = company.things.get(key_of("feature_view", view))
        if thing is None or may(company, token.principal, "read", thing, self.known.now()):
            return ()
        sources = refused_sources(company, token.principal, thing, self.known.now())
        seen = tuple(each for each in sources if each is not None and self.sees(each.kind, each.name))
        return seen or (thing,)

    def require_platform(self, doing: str) -> None:
        """Make sure that somebody may do what concerns everybody.

        Raises:
            AccessError: only the platform's admins may.
        """
        if self.token is None:
            return
        company, token = self._scoped("administer")
        if not is_platform_admin(company, token.principal):
            self._say("administer", doing)
            raise AccessError(f"{token.principal} may not {doing}; the platform's admins may")

    def require_admin(self, team: str, doing: str) -> None:
        """Make sure that somebody may say who is in a team.

        Raises:
            AccessError: only its admins, and the platform's, may.
        """
        if self.token is None:
            return
        company, token = self._scoped("administer")
        if not may_administer(company, token.principal, team):
            self._say("administer", f"team {team}")
            raise AccessError(f"{token.principal} may not {doing}; admins of the team {team} may, and the platform's")

    def require_admin_of(self, kind: str, name: str, doing: str) -> None:
        """Make sure that somebody may decide what everybody else may not about a definition.

        Raises:
            AccessError: only admins of its team, and the platform's, may.
            RequestError: there is none, as far as one sees.
        """
        thing, company = self.require_object(kind, name), self.known.company()
        if self.token is not None and thing is not None and company is not None:
            self.require_admin(team_of(company, thing), doing)

    def require_role(self, team: str, least: Role, doing: str) -> None:
        """Make sure that somebody has a role in a team, or one above it.

        Raises:
            AccessError: they have not.
        """
        if self.token is None:
            return
        company, token = self._scoped("approve" if least == "approver" else "manage")
        if not is_at_least(roles_of(company, token.principal).get(team), least):
            self._say("approve", f"team {team}")
            raise AccessError(f"{token.principal} may not {doing}; {least}s of the team {team} may")

    def require_object(self, kind: str, name: str) -> Thing | None:
        """A source or view that may be discovered; None without a token, where nobody has to know it.

        Raises:
            RequestError: there is none, as far as one sees.
        """
        self.be_here()
        company = self.known.company()
        thing = None if company is None else company.things.get(key_of(kind, name))
        if self.token is not None and (thing is None or not self.sees(kind, name)):
            raise RequestError(f"there is no {in_words(key_of(kind, name))} that you can see; {ASK_PLATFORM}")
        return thing

    def require_approver(self, kind: str, name: str) -> None:
        """Make sure that somebody may decide who else has rights on a source or view.

        Raises:
            AccessError: only approvers of its team may.
            RequestError: there is none, as far as one sees.
        """
        if self.token is None:
            return
        thing = self.require_object(kind, name)
        company, token = self._scoped("approve")
        assert thing is not None
        if not may_approve(company, token.principal, thing):
            self._refuse("approve", company, thing, f"approvers of the team {team_of(company, thing)} may")

    def approves(self, kind: str, name: str) -> bool:
        """Whether one may decide who else has rights on a source or view."""
        if self.token is None:
            return True
        company, token = self._verified()
        thing = company.things.get(key_of(kind, name))
        return thing is not None and self.sees(kind, name) and may_approve(company, token.principal, thing)

    def prepare(self, applied: Applied, offered: Repository) -> Writing | None:
        """What applying a repository comes to for somebody with a token; None without one: just that repository."""
        if self.token is None:
            return None
        from featurestore.governance.writing import prepare_writing

        company, token = self._verified()
        return prepare_writing(company, token.principal, applied.repository, offered, self.known.now())

    def refuse_writing(self, refusals: Sequence[str]) -> NoReturn:
        """Tell that a repository may not be applied, and why."""
        self._say("apply", "; ".join(refusals))
        raise AccessError("\n".join([*refusals, "nothing was applied"]))

    # How it says no

    def _require_read(self, company: Company, thing: Thing | None, name: str = "") -> None:
        principal, now = self.principal(), self.known.now()
        if thing is None or not self.sees(thing.kind, thing.name):
            self._say("read", f"feature view {name or (thing and thing.name)}")
            raise self._unknown_view(name or (thing.name if thing else ""))
        if may(company, principal, "read", thing, now):
            return
        lacking = refused_sources(company, principal, thing, now)
        if not lacking:
            self._say("read", in_words(key_of(thing.kind, thing.name)))
            raise AccessError(f"{principal} may not read {how_to_ask(company, thing)}")
        seen = [each for each in lacking if each is not None and self.sees(each.kind, each.name)]
        told = "; ".join(how_to_ask(company, each) for each in seen) or f"some of them; {ASK_PLATFORM}"
        self._refuse("read", company, thing, f"its values are made of sources that {principal} may not read: {told}")

    def _refuse(self, right: str, company: Company, thing: Thing, why: str) -> NoReturn:
        what = in_words(key_of(thing.kind, thing.name))
        self._say(right, what)
        owner = team_of(company, thing)
        raise AccessError(f"{self.principal()} may not {right} {what} of the team {owner}: {why}")

    def _say(self, right: str, what: str) -> None:
        """Audit a refusal, once in a while."""
        now = time.monotonic()
        if now - self._told.get((right, what), -_QUIET_SECONDS) >= _QUIET_SECONDS:
            self._told[right, what] = now
            self.record(self.acting(), "refuse", what, {"right": right})

    def _unknown_view(self, name: str) -> RequestError:
        return RequestError(f"there is no feature view {name!r} that you can see; {ASK_PLATFORM} if there should be")

    def _scoped(self, scope: Scope) -> tuple[Company, Token]:
        company, token = self._verified()
        if scope != "discover" and scope not in token.scopes:
            self._say(scope, f"token {token_id(self.token or '')}, which is not for it")
            raise AccessError(
                f"this token of {token.principal} is for {', '.join(token.scopes)}, not to {scope}; "
                f"make one with `featurestore token create {token.principal} --scope {scope}`"
            )
        return company, token

    def _verified(self) -> tuple[Company, Token]:
        company = self.known.company()
        if company is None:
            raise AccessError(
                "a token was given, and this registry knows nobody: make the first admin with `featurestore bootstrap "
                "NAME`, or give no token"
            )
        assert self.token is not None
        token = verify_token(company, self.token, self.known.now())
        if token is None:
            raise AccessError("the token is unknown, expired or revoked; ask the platform team for another")
        return company, token
