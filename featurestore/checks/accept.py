"""Accepting what breaks an expectation, so that it goes on all the same: for the rows and values that there are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from builders.request import needed_slots
from definitions.errors import RequestError
from definitions.relation import resolve_source
from definitions.suggest import suggest
from featurestore.checks.check_findings import EXPECTATION, held_instants
from featurestore.checks.source_days import SourceDays
from featurestore.checks.view_values import ViewValues
from featurestore.context import Context
from featurestore.desk import check_reason
from featurestore.registry.acceptances import Acceptance
from featurestore.registry.findings import OPEN, Finding
from featurestore.survey import survey_source

if TYPE_CHECKING:
    from featurestore.guard import Guard


def accept_finding(context: Context, guard: Guard, subject: str, reason: str) -> Finding:
    """Let the days or the boundary pass that a finding holds back, as they are now; what changes is checked anew.

    Raises:
        RequestError: there is no such finding that holds something, or no reason.
        AccessError: only approvers of the team that it is about may.
    """
    why = check_reason(reason)
    held = {finding.subject: finding for finding in held_findings(context)}
    if subject not in held:
        hint = suggest(subject, held, "findings") if held else "nothing is held back"
        raise RequestError(f"no finding {subject!r} holds anything back; {hint}")
    finding = held[subject]
    kind = "source" if "source" in finding.numbers else "feature_view"
    name = str(finding.numbers.get("source") or finding.numbers["view"])
    guard.require_approver(kind, name.partition("@")[0])
    return _accept(context, guard, finding, why, "accept-finding")


def break_glass(context: Context, guard: Guard, views: Iterable[str], reason: str) -> tuple[Finding, ...]:
    """Let everything pass that is held back of what views read and of their values, which the principal manages.

    Raises:
        RequestError: there is no reason.
    """
    why = check_reason(reason)
    applied = context.applied()
    every = {**applied.repository.feature_views, **applied.pinned_views()}
    columns = [column for name in views for column in applied.view_columns(every[name])]
    from featurestore.checks.frame_checks import findings_of

    about = {finding.subject for finding in findings_of(context, columns)}
    held = [finding for finding in held_findings(context) if finding.subject in about]
    return tuple(_accept(context, guard, finding, why, "break-glass") for finding in held)


def held_findings(context: Context) -> list[Finding]:
    """The findings for which something is held back, of those that may be told to who works with the store."""
    found = (finding for finding in context.registry.findings.all() if finding.kind == EXPECTATION)
    return [
        finding
        for finding in found
        if finding.state == OPEN and held_instants(finding) and context.sees_finding(finding)
    ]


def _accept(context: Context, guard: Guard, finding: Finding, reason: str, action: str) -> Finding:
    who, now = guard.principal(), context.clock.now()
    instants = held_instants(finding)
    inputs = _inputs_of_source if "source" in finding.numbers else _inputs_of_values
    accepted = [
        Acceptance(finding.subject, instant, made_of, reason, who, now)
        for instant, made_of in zip(instants, inputs(context, finding, instants), strict=True)
    ]
    context.registry.acceptances.accept(accepted)
    broken = {
        at: {**figures, "held": False, "accepted": reason} if int(at) in instants else figures
        for at, figures in finding.numbers["broken"].items()
    }
    numbers = {**finding.numbers, "broken": broken}
    context.registry.findings.see(finding.kind, finding.subject, numbers, now)
    guard.record(guard.acting(), action, finding.subject, {"reason": reason, "instants": list(instants)})
    return replace(finding, numbers=numbers, last_seen=now)


def _inputs_of_source(context: Context, finding: Finding, instants: Iterable[int]) -> list[str]:
    source = resolve_source(str(finding.numbers["source"]), context.applied().repository.sources)
    days = SourceDays(context, source, survey_source(context, source), int(finding.numbers["until"]))
    return [days.inputs(day) for day in instants]


def _inputs_of_values(context: Context, finding: Finding, instants: Iterable[int]) -> list[str]:
    applied, name = context.applied(), str(finding.numbers["view"])
    every = {**applied.repository.feature_views, **applied.pinned_views()}
    columns = applied.view_columns(every[name])
    segments = context.registry.segments
    tables = {table: segments.current(table.name) for table in needed_slots(columns)}
    return [ViewValues(context, columns, tables).inputs(boundary) for boundary in instants]
