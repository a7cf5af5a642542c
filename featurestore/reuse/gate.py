"""The gate: whether a repository may be applied that builds again what is there.

It acts on columns of this change whose view is active afterwards, never on what was active before. It can be opened by
a waiver that somebody else approves, or at once, by breaking the glass; and it is no obstacle where what is there is
out of reach, or not to be relied on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from definitions.durations import DAY
from definitions.errors import ReuseError
from definitions.model import FeatureView, Repository
from featurestore.clock import day_of
from featurestore.promises import LATE_ROWS, PUBLISHING_LAG
from featurestore.registry.findings import OPEN
from featurestore.registry.waivers import Mode, Waiver
from featurestore.reuse.ready_yaml import ready_yaml
from featurestore.reuse.reuse import Reuse

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.registry.grants import AccessRequest

ONLY_WARNS: Final = 30 * DAY
"""How long after the first application the gate only warns a team that has chosen nothing."""

Action = Literal["refused", "warned", "waived", "passed"]

_ACTIONS: Final[dict[Mode, Action]] = {"off": "passed", "warn": "warned", "block": "refused"}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate says of a rebuild: `refused`, `warned`, `waived` or `passed` (a draft, or the team's gate is off),
    and why. `ask` says how to come by the values of what is there, where they may not be read yet."""

    reuse: Reuse
    action: Action
    why: str
    ask: tuple[str, ...] = ()


def rule_on_rebuilds(context: Context, repository: Repository, found: Iterable[Reuse]) -> tuple[Ruling, ...]:
    """The gate's word on each rebuild, and on what carries the same data, among what was found."""
    rebuilds = [each for each in found if each.is_ruled_on]
    return _Judge(context, repository, context.clock.now()).rule(rebuilds) if rebuilds else ()


@dataclass(frozen=True)
class _Judge:
    context: Context
    repository: Repository
    now: int

    def rule(self, rebuilds: Sequence[Reuse]) -> tuple[Ruling, ...]:
        asked = self.context.registry.waivers.of_columns(each.column for each in rebuilds)
        holding = {waiver.column: waiver for waiver in asked if waiver.holds(self.now)}
        modes: dict[str | None, tuple[Mode, str]] = {}
        rulings = []
        for each in rebuilds:
            view = self.repository.feature_views[each.column.partition(":")[0]]
            if view.team not in modes:
                modes[view.team] = self._mode(view.team)
            excuse = self._excuse(each, view, holding.get(each.column))
            mode, why = modes[view.team]
            rulings.append(Ruling(each, *(excuse or (_ACTIONS[mode], why)), self._how_to_ask(each)))
        return tuple(rulings)

    def _excuse(self, each: Reuse, view: FeatureView, waiver: Waiver | None) -> tuple[Action, str] | None:
        """Why a rebuild is not refused, whatever the team has chosen."""
        if view.lifecycle.state == "draft":
            return "passed", "its view is a draft; the gate acts when it becomes active"
        if waiver is not None:
            return "waived", f"{_agreed(waiver)} until {day_of(waiver.expires_at)}: {waiver.reason}"
        for name in each.views:
            reach = self.context.reach
            if reach is not None and (why := reach.given_up(name, view.team, self._requests)):
                return "waived", why
            if self.repository.feature_views[name].visibility == "hidden":
                return "warned", f"{name} is hidden, so that not everybody could use it instead"
            if name in self._unwell:
                return "warned", f"{name} is not to be relied on: {self._unwell[name]}"
        return None

    def _how_to_ask(self, each: Reuse) -> tuple[str, ...]:
        reach = self.context.reach
        if reach is None:
            return ()
        return tuple(dict.fromkeys(how for name in each.views for how in reach.how_to_ask(name)))

    @cached_property
    def _requests(self) -> Sequence[AccessRequest]:
        """What was asked for, where anybody has to ask."""
        return () if self.context.reach is None else self.context.reach.requests()

    @cached_property
    def _unwell(self) -> Mapping[str, str]:
        """Views that do not keep what they promise, each with what was found."""
        said = {LATE_ROWS: "rows come later than it says", PUBLISHING_LAG: "it is published later than it says"}
        open_ones = (each for each in self.context.registry.findings.all() if each.state == OPEN)
        return {each.numbers["view"]: said[each.kind] for each in open_ones if each.kind in said}

    def _mode(self, team: str | None) -> tuple[Mode, str]:
        if not team:
            return "warn", "a view without a team is only warned of, as nobody could choose otherwise"
        chosen = self.context.registry.waivers.mode(team)
        if chosen is not None:
            return chosen, f"team {team} has chosen {chosen}"
        first = next(iter(self.context.registry.definitions.applied()), None)
        ends = (first.applied_at if first else self.now) + ONLY_WARNS
        if self.now < ends:
            return "warn", f"the gate only warns until {day_of(ends)}"
        return "block", f"the gate blocks, as team {team} has chosen nothing else"


def _agreed(waiver: Waiver) -> str:
    match waiver.kind:
        case "broken glass":
            return "glass broken"
        case "justification":
            return f"justified by {waiver.asked_by}"
        case "waiver":
            return f"waived by {waiver.approved_by}"


def refuse(rulings: Sequence[Ruling]) -> None:
    """Stop what the gate refuses.

    Raises:
        ReuseError: a ruling refuses; the message has what to use instead, and what else can be done.
    """
    refused = [ruling for ruling in rulings if ruling.action == "refused"]
    if not refused:
        return
    told = "\n\n".join(_instead(ruling) for ruling in refused)
    raise ReuseError(
        f"{told}\n\nNothing was applied. If it has to be built all the same: `featurestore waive "
        f"{refused[0].reuse.column} --reason ...` asks for a waiver, `featurestore apply --break-glass REASON` applies "
        "at once and is remembered"
    )


def _instead(ruling: Ruling) -> str:
    found = ruling.reuse
    yaml = "\n".join(f"    {line}" for line in ready_yaml(found).splitlines())
    ask = "".join(f"\n    # its values may not be read yet: {how}" for how in ruling.ask)
    return f"{found.column} {_what_is_there(found)}; instead of building it, use\n{yaml}{ask}"


def _what_is_there(found: Reuse) -> str:
    references = ", ".join(each.reference for each in found.there)
    match found.verdict:
        case "exists":
            return f"exists as {references}"
        case "same data":
            return f"carries the same data as {references}"
        case _:
            return f"is made of {references}"
