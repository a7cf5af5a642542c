"""Asking for a waiver, and agreeing to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.errors import RequestError
from featurestore.registry.waivers import MODES, Mode, Waiver

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.reuse.gate import Ruling


@dataclass(frozen=True)
class Gate:
    """What opens the gate of one store, for whoever `principal` is.

    With `alone`, whoever asks agrees to it as well, as there is nobody else; the waiver shows it by one name twice.
    """

    context: Context
    principal: str
    alone: bool

    def waive(self, ruling: Ruling, team: str | None, reason: str, microseconds: int) -> Waiver:
        """Ask that a rebuild may be applied for so long.

        Raises:
            RequestError: there is no reason, or no time.
        """
        if not reason.strip():
            raise RequestError("a waiver needs a reason; others will read it when they meet both features")
        if microseconds <= 0:
            raise RequestError("a waiver holds for some time, such as 90d; what is to stay for ever needs no gate")
        found, now = ruling.reuse, self.context.clock.now()
        instead = found.expression or ", ".join(each.reference for each in found.there)
        asked = self.context.registry.waivers.ask(
            found.column, instead, "waiver", team, reason, self.principal, now, now + microseconds
        )
        return self.context.registry.waivers.approve(asked.id, self.principal, now) if self.alone else asked

    def approve(self, waiver: int) -> Waiver:
        """Agree to a waiver that somebody else asked for.

        Raises:
            RequestError: there is none that waits, or it is one's own.
        """
        asked = self.context.registry.waivers.get(waiver)
        if asked.asked_by == self.principal and not self.alone:
            raise RequestError(f"{self.principal} asked for the waiver {waiver}; somebody else has to agree to it")
        return self.context.registry.waivers.approve(waiver, self.principal, self.context.clock.now())

    def waivers(self) -> tuple[Waiver, ...]:
        """All of them, oldest first."""
        return self.context.registry.waivers.all()

    def mode(self, team: str) -> Mode | None:
        """What a team has chosen; None if nothing."""
        return self.context.registry.waivers.mode(team)

    def set_mode(self, team: str, mode: str) -> None:
        """Choose what the gate does to a team's rebuilds.

        Raises:
            RequestError: there is no such mode.
        """
        for known in MODES:
            if known == mode:
                self.context.registry.waivers.set_mode(team, known, self.principal, self.context.clock.now())
                return
        raise RequestError(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
