"""`store.access`: asking for rights on sources and views, and deciding who gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from builders.lineage import trace_column
from builders.request import RequestedColumn
from definitions.errors import RequestError
from definitions.model import ServiceEntry, split_reference
from definitions.suggest import suggest
from featurestore.desk import Desk, check_reason
from featurestore.governance.pii import LEVELS, PiiLevel, fingerprint_of, pii_of
from featurestore.governance.rights import roles_of
from featurestore.governance.roles import GRANTEE_KINDS, RIGHTS, GranteeKind, Right
from featurestore.governance.words import ObjectKind, read_object, spell_object
from featurestore.registry.declassifications import Declassification
from featurestore.registry.grants import AccessGrant, AccessRequest, Wanted


@dataclass(frozen=True)
class Access(Desk):
    """Requests, grants and declassifications."""

    def request(
        self, right: str, on: str, *, reason: str, to: str | None = None, expires: str | int | None = None
    ) -> AccessRequest:
        """Ask for a right. Where nobody is registered the request approves itself, and is marked so.

        Args:
            right: `discover`, `read` or `manage`.
            on: `source:NAME` or `view:NAME`.
            reason: why; the one who decides reads it.
            to: `principal:NAME`, `team:NAME`, or `view:NAME` for a source that may be read through that view by whoever
                may read the view; oneself if not given.
            expires: a span such as `90d`, or an instant; for good if not given.

        Raises:
            RequestError: there is no such right, source, view or grantee, as far as one sees, or no reason.
        """
        if right not in RIGHTS:
            raise RequestError(f"there is no right {right!r}; {suggest(right, RIGHTS, 'rights')}")
        asked: Right = get_args(Right)[RIGHTS.index(right)]
        kind, name = read_object(on)
        self._require(kind, name)
        grantee_kind, grantee = self._grantee(to)
        if grantee_kind == "view" and (kind, asked) != ("source", "read"):
            raise RequestError("through a view, a source is read; ask for `read` on a source")
        wanted = Wanted(asked, kind, name, grantee_kind, grantee, check_reason(reason), self.instant(expires))
        acting = self.guard.acting()
        made = self.registry.grants.ask(wanted, acting, approved=acting.mode == "embedded")
        self.changed()
        return made

    def approve(self, request: int, *, reason: str = "") -> AccessRequest:
        """Grant what a request asks for, as an approver of the team that owns it, and as somebody else than who asked.

        Raises:
            AccessError: only approvers of its team may.
            RequestError: there is no such request, it is decided, or it is one's own.
        """
        self._require_approver(self._find_request(request).wanted)
        made = self.registry.grants.approve(request, reason.strip(), self.guard.acting())
        self.changed()
        return made

    def deny(self, request: int, *, reason: str) -> AccessRequest:
        """Refuse what a request asks for.

        Raises:
            AccessError: only approvers of its team may.
            RequestError: there is no such request, it is decided, or no reason is given.
        """
        self._require_approver(self._find_request(request).wanted)
        made = self.registry.grants.deny(request, check_reason(reason), self.guard.acting())
        self.changed()
        return made

    def revoke(self, grant: int, *, reason: str) -> None:
        """End a grant: as an approver of the team that owns what it is on, or as who has it.

        Raises:
            AccessError: it is neither.
            RequestError: there is no such grant, it has ended, or no reason is given.
        """
        found = next((item for item in self.grants(ended=True) if item.id == grant), None)
        if found is None:
            raise RequestError(f"there is no grant {grant} that you can see; see `featurestore grant list`")
        if not self._is_for_me(found.wanted):
            self._require_approver(found.wanted)
        self.registry.grants.revoke(grant, check_reason(reason), self.guard.acting())
        self.changed()

    def requests(self, *, decided: bool = False) -> tuple[AccessRequest, ...]:
        """Open requests, and `decided` ones too: one's own, and those that one may decide."""
        self.guard.be_here()
        return tuple(
            item
            for item in self.registry.grants.requests()
            if (decided or item.state == "open") and self._concerns_me(item.wanted, item.asked_by)
        )

    def grants(self, *, ended: bool = False) -> tuple[AccessGrant, ...]:
        """Grants that are on, and those that have `ended`: one's own, and those on what one approves for."""
        self.guard.be_here()
        now = self.guard.known.now()
        return tuple(
            item
            for item in self.registry.grants.all()
            if (ended or _is_on(item, now)) and self._concerns_me(item.wanted, item.asked_by)
        )

    def declassify(self, reference: str, level: str, *, reason: str) -> None:
        """Let a feature column count as telling less about a person than its sources say, as approver of their teams.

        It holds for the column's present computation alone.

        Args:
            reference: `view:column`.
            level: `none`, `filter-only` or `aggregated`.
            reason: why; it is audited.

        Raises:
            AccessError: only approvers of the teams that own the tagged sources may.
            RequestError: there is no such column or level, the level is no lower, or no reason is given.
        """
        if level not in LEVELS:
            raise RequestError(f"there is no level {level!r}; levels are {', '.join(LEVELS)}")
        wanted: PiiLevel = LEVELS[LEVELS.index(level)]
        requested = self._column(reference)
        pii = pii_of(trace_column(requested), {})
        if LEVELS.index(wanted) >= LEVELS.index(pii.level):
            raise RequestError(f"{reference} is {pii.level} already; a declassification says less")
        self._require_owners(requested, pii.columns)
        fingerprint = fingerprint_of(requested)
        self.registry.declassifications.declare(
            reference, fingerprint, wanted, check_reason(reason), self.guard.acting()
        )
        self.changed()

    def classify(self, reference: str) -> None:
        """Let a feature column count as what its sources say again.

        Raises:
            AccessError: only approvers of the teams that own the tagged sources may.
            RequestError: there is no such column, or it was not declassified.
        """
        requested = self._column(reference)
        self._require_owners(requested, pii_of(trace_column(requested), {}).columns)
        self.registry.declassifications.withdraw(reference, self.guard.acting())
        self.changed()

    def declassifications(self) -> tuple[Declassification, ...]:
        """Those that are on, of views that one sees."""
        self.guard.be_here()
        found = self.registry.declassifications.on()
        return tuple(item for item in found if self.guard.sees("feature_view", item.reference.partition(":")[0]))

    def _require(self, kind: ObjectKind, name: str) -> None:
        if self.guard.require_object(kind, name) is None:
            repository = self.context.applied().repository
            known = repository.sources if kind == "source" else repository.feature_views
            if name not in known:
                hint = suggest(name, known, "names")
                raise RequestError(f"there is no {spell_object(kind, name)}; {hint}")

    def _grantee(self, to: str | None) -> tuple[GranteeKind, str]:
        if to is None:
            return "principal", self.guard.principal()
        spelled, colon, name = to.partition(":")
        kind = next((each for each in GRANTEE_KINDS if each == spelled), None)
        if kind is None or not colon or not name:
            raise RequestError(f"{to!r} is nobody; write principal:NAME, team:NAME or view:NAME")
        company = self.guard.known.company()
        if kind == "view":
            self._require("feature_view", name)
        elif company is not None:
            known = company.teams if kind == "team" else tuple(company.principals)
            if name not in known:
                raise RequestError(f"there is no {kind} {name!r}; {suggest(name, known, f'{kind}s')}")
        return kind, name

    def _find_request(self, identity: int) -> AccessRequest:
        found = next((item for item in self.requests(decided=True) if item.id == identity), None)
        if found is None:
            raise RequestError(f"there is no request {identity} that you can see; see `featurestore grant requests`")
        return found

    def _require_approver(self, wanted: Wanted) -> None:
        self.guard.require_approver(wanted.kind, wanted.name)

    def _concerns_me(self, wanted: Wanted, asked_by: str) -> bool:
        """Whether it is one's own or of what one sees and may decide about."""
        if self.guard.token is None or asked_by == self.guard.principal() or self._is_for_me(wanted):
            return True
        return self.guard.approves(wanted.kind, wanted.name)

    def _is_for_me(self, wanted: Wanted) -> bool:
        if self.guard.token is None:
            return False
        principal, company = self.guard.principal(), self.guard.known.company()
        if wanted.grantee_kind == "principal":
            return wanted.grantee == principal
        roles = {} if company is None else roles_of(company, principal)
        return wanted.grantee_kind == "team" and roles.get(wanted.grantee) == "admin"

    def _column(self, reference: str) -> RequestedColumn:
        """The one column that a reference names.

        Raises:
            RequestError: it names none, or several.
        """
        self.guard.be_here("approve")
        try:
            entry = ServiceEntry(**split_reference(reference))
        except ValueError as error:
            raise RequestError(str(error)) from error
        found = self.guard.seen(self.context.applied()).resolve_entry(entry)
        if len(found) != 1 or entry.version is not None:
            raise RequestError(f"{reference!r} is not one column of a view; write view:column")
        return found[0]

    def _require_owners(self, requested: RequestedColumn, columns: tuple[str, ...]) -> None:
        sources = {column.rpartition(".")[0] for column in columns}
        for name in sorted(sources):
            self.guard.require_approver("source", name)
        if not sources:
            self.guard.require_approver("feature_view", requested.view.name)


def _is_on(grant: AccessGrant, now: int) -> bool:
    ends = grant.wanted.expires_at
    return grant.revoked_at is None and (ends is None or now < ends)
