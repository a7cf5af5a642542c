"""The gate: whether a repository may be applied that builds again what is there.

It acts on columns of this change whose view is active afterwards, never on what was active before. It can be opened by
a waiver that somebody else approves, or at once, by breaking the glass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from definitions.columns import column_names
from definitions.durations import DAY
from definitions.errors import ReuseError
from definitions.model import Repository
from featurestore.clock import day_of
from featurestore.registry.findings import OPEN
from featurestore.registry.waivers import Mode, Waiver
from featurestore.reuse.ready_yaml import ready_yaml
from featurestore.reuse.reuse import Reuse

if TYPE_CHECKING:
    from featurestore.context import Context

ONLY_WARNS: Final = 30 * DAY
"""How long after the first application the gate only warns a team that has chosen nothing."""

BROKEN_FOR: Final = 14 * DAY
GLASS_BROKEN: Final = "glass-broken"
WAIVER_LAPSED: Final = "waiver-lapsed"
"""Kinds of findings: a column was built in spite of the gate; a waiver has lapsed and the column is still there."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate says of a rebuild: `refused`, `warned`, `waived` or `passed` (a draft, or the team's gate is off),
    and why."""

    reuse: Reuse
    action: Literal["refused", "warned", "waived", "passed"]
    why: str


def rule_on_rebuilds(context: Context, repository: Repository, found: Iterable[Reuse]) -> tuple[Ruling, ...]:
    """The gate's word on each rebuild among what was found."""
    rebuilds = [each for each in found if each.is_rebuild]
    if not rebuilds:
        return ()
    now = context.clock.now()
    waivers = context.registry.waivers.of_columns(each.column for each in rebuilds)
    holding = {waiver.column: waiver for waiver in waivers if waiver.holds(now)}
    modes: dict[str, tuple[Mode, str]] = {}
    rulings = []
    for each in rebuilds:
        view = repository.feature_views[each.column.partition(":")[0]]
        team = view.team or ""
        if team not in modes:
            modes[team] = _mode(context, team, now)
        rulings.append(_rule(each, view.lifecycle.state, holding.get(each.column), modes[team]))
    return tuple(rulings)


def _rule(each: Reuse, state: str, waiver: Waiver | None, mode: tuple[Mode, str]) -> Ruling:
    if state == "draft":
        return Ruling(each, "passed", "its view is a draft; the gate acts when it becomes active")
    if waiver is not None:
        agreed = "glass broken" if waiver.kind == "broken glass" else f"waived by {waiver.approved_by}"
        return Ruling(each, "waived", f"{agreed} until {day_of(waiver.expires_at)}: {waiver.reason}")
    chosen, why = mode
    action: dict[Mode, Literal["passed", "warned", "refused"]] = {"off": "passed", "warn": "warned", "block": "refused"}
    return Ruling(each, action[chosen], why)


def _mode(context: Context, team: str, now: int) -> tuple[Mode, str]:
    if not team:
        return "warn", "a view without a team is only warned of, as nobody could choose otherwise"
    chosen = context.registry.waivers.mode(team)
    if chosen is not None:
        return chosen, f"team {team} has chosen {chosen}"
    first = next(iter(context.registry.definitions.applied()), None)
    ends = (first.applied_at if first else now) + ONLY_WARNS
    if now < ends:
        return "warn", f"the gate only warns until {day_of(ends)}"
    return "block", f"the gate blocks, as team {team} has chosen nothing else"


def refuse(rulings: Sequence[Ruling]) -> None:
    """Stop what the gate refuses.

    Raises:
        ReuseError: a ruling refuses; the message has what to use instead, and what else can be done.
    """
    refused = [ruling.reuse for ruling in rulings if ruling.action == "refused"]
    if not refused:
        return
    told = "\n\n".join(
        f"{each.column} {_what_is_there(each)}; instead of building it, use\n{_indented(each)}" for each in refused
    )
    raise ReuseError(
        f"{told}\n\nNothing was applied. If it has to be built all the same: `featurestore waive {refused[0].column} "
        "--reason ...` asks for a waiver, `featurestore apply --break-glass REASON` applies at once and is remembered"
    )


def _what_is_there(found: Reuse) -> str:
    references = ", ".join(each.reference for each in found.there)
    return f"exists as {references}" if found.verdict == "exists" else f"is made of {references}"


def _indented(found: Reuse) -> str:
    return "\n".join(f"    {line}" for line in ready_yaml(found).splitlines())


def break_glass(context: Context, repository: Repository, rulings: Iterable[Ruling], reason: str, who: str) -> None:
    """Let through what the gate refuses, for two weeks, and tell whoever owns either side: a finding a column."""
    now = context.clock.now()
    for ruling in rulings:
        if ruling.action != "refused":
            continue
        found = ruling.reuse
        view = repository.feature_views[found.column.partition(":")[0]]
        references = ", ".join(each.reference for each in found.there)
        instead = found.expression or references
        waiver = context.registry.waivers.ask(
            found.column, instead, "broken glass", view.team, reason, who, now, now + BROKEN_FOR
        )
        context.registry.waivers.approve(waiver.id, who, now)
        owners = [view.owner or view.team, *(each.owner or each.team for each in found.there)]
        told = list(dict.fromkeys(owner for owner in owners if owner))
        numbers = {
            "view": view.name,
            "instead_of": references,
            "reason": reason,
            "by": who,
            "until": now + BROKEN_FOR,
            "told": told,
        }
        context.registry.findings.see(GLASS_BROKEN, found.column, numbers, now)


def review_waivers(context: Context, repository: Repository) -> None:
    """Open a finding for each waiver that has lapsed while its column is still there: lapsing breaks nothing. Settle
    what is found of columns that are gone, of waivers that hold again, and of glass whose time is over."""
    now, findings = context.clock.now(), context.registry.findings
    open_ones = {(each.kind, each.subject) for each in findings.all() if each.state == OPEN}
    latest = {waiver.column: waiver for waiver in context.registry.waivers.all() if waiver.approved_at is not None}
    for column, waiver in latest.items():
        view, _, name = column.partition(":")
        is_there = view in repository.feature_views and name in column_names(repository.feature_views[view])
        stands = {GLASS_BROKEN: is_there and waiver.holds(now), WAIVER_LAPSED: is_there and not waiver.holds(now)}
        for kind, holds in stands.items():
            if (kind, column) in open_ones and not holds:
                findings.settle(kind, column)
        if stands[WAIVER_LAPSED] and (WAIVER_LAPSED, column) not in open_ones:
            numbers = {
                "view": view,
                "instead_of": waiver.instead_of,
                "reason": waiver.reason,
                "expired": waiver.expires_at,
            }
            findings.see(WAIVER_LAPSED, column, numbers, waiver.expires_at)


def gate_words(kind: str, column: str, numbers: Mapping[str, Any]) -> str:
    """A finding of the gate in a sentence."""
    if kind == GLASS_BROKEN:
        told = ", ".join(numbers["told"]) or "nobody who is named"
        return (
            f"{column} was built although {numbers['instead_of']} is there: {numbers['by']} broke the glass "
            f"({numbers['reason']}); it holds until {day_of(numbers['until'])}; concerns {told}"
        )
    return (
        f"the waiver of {column} ({numbers['reason']}) lapsed at {day_of(numbers['expired'])}; use "
        f"{numbers['instead_of']} instead, or ask again with `featurestore waive {column} --reason ...`"
    )
