"""Asking for a waiver, and agreeing to one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.errors import RequestError
from definitions.model import Repository
from definitions.suggest import suggest
from featurestore.registry.waivers import MODES, Mode, Waiver, WaiverKind

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.guard import Guard
    from featurestore.reuse.gate import Ruling


@dataclass(frozen=True)
class Gate:
    """What opens the gate of one store, for the principal of its `guard`; `context` is what they see.

    With `alone`, whoever asks agrees to it as well, as there is nobody else; the waiver shows it by one name twice.
    """

    context: Context
    guard: Guard
    alone: bool

    def waive(
        self, rulings: Iterable[Ruling], repository: Repository, column: str, reason: str, microseconds: int
    ) -> Waiver:
        """Ask that one of the rebuilds of a repository may be applied for so long.

        Raises:
            RequestError: there is no such rebuild, no reason, or no time.
            AccessError: the principal may not write.
        """
        self.guard.be_here("manage")
        by_column = {ruling.reuse.column: ruling.reuse for ruling in rulings}
        if column not in by_column:
            raise RequestError(f"{column!r} is no rebuild; {suggest(column, by_column, 'rebuilds')}")
        if not reason.strip():
            raise RequestError("a waiver needs a reason; others will read it when they meet both features")
        if microseconds <= 0:
            raise RequestError("a waiver holds for some time, such as 90d; what is to stay for ever needs no gate")
        found, now, who = by_column[column], self.context.clock.now(), self.guard.principal()
        instead = found.expression or ", ".join(each.reference for each in found.there)
        team = repository.feature_views[column.partition(":")[0]].team
        registry = self.context.registry.waivers
        # That two things carry the same data is no proof that they mean the same: a reason is enough.
        kind: WaiverKind = "justification" if found.verdict == "same data" else "waiver"
        asked = registry.ask(column, instead, kind, team, reason, who, now, now + microseconds)
        self._record("waive" if kind == "waiver" else "justify", asked)
        return registry.approve(asked.id, who, now) if self.alone or kind == "justification" else asked

    def approve(self, waiver: int) -> Waiver:
        """Agree to a waiver that somebody else asked for.

        Raises:
            RequestError: there is none that waits, or it is one's own.
            AccessError: only approvers of the team of the column may.
        """
        registry = self.context.registry.waivers
        asked, who = registry.get(waiver), self.guard.principal()
        if asked.asked_by == who and not self.alone:
            raise RequestError(f"{who} asked for the waiver {waiver}; somebody else has to agree to it")
        self.guard.require_role(asked.team or "", "approver", "agree to a waiver")
        approved = registry.approve(waiver, who, self.context.clock.now())
        self._record("approve-waiver", approved)
        return approved

    def waivers(self) -> tuple[Waiver, ...]:
        """Those of columns that one sees, oldest first."""
        self.guard.be_here()
        return tuple(each for each in self.context.registry.waivers.all() if self._sees(each))

    def mode(self, team: str) -> Mode | None:
        """What a team has chosen; None if nothing."""
        self.guard.be_here()
        return self.context.registry.waivers.mode(team)

    def set_mode(self, team: str, mode: str) -> None:
        """Choose what the gate does to a team's rebuilds.

        Raises:
            RequestError: there is no such mode.
            AccessError: only approvers of the team may.
        """
        known = next((each for each in MODES if each == mode), None)
        if known is None:
            raise RequestError(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
        self.guard.require_role(team, "approver", "choose what becomes of its rebuilds")
        self.context.registry.waivers.set_mode(team, known, self.guard.principal(), self.context.clock.now())
        self.guard.record(self.guard.acting(), "set-gate", f"team {team}", {"mode": known})

    def _sees(self, waiver: Waiver) -> bool:
        """Whether the column and what it stands instead of are no secret."""
        return self.context.sees_view(waiver.column.partition(":")[0])

    def _record(self, action: str, waiver: Waiver) -> None:
        self.guard.record(
            self.guard.acting(), action, waiver.column, {"waiver": waiver.id, "instead_of": waiver.instead_of}
        )
