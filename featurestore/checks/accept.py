"""Accepting what breaks an expectation, so that it goes on all the same: for the rows and values that there are now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.checks.check_findings import CheckFindings
from featurestore.checks.check_words import EXPECTATION
from featurestore.checks.relation_parts import part_names
from featurestore.context import Context
from featurestore.desk import check_reason
from featurestore.registry.acceptances import Acceptance
from featurestore.registry.findings import Finding

if TYPE_CHECKING:
    from featurestore.guard import Guard


def accept_finding(context: Context, guard: Guard, subject: str, reason: str) -> Finding:
    """Let the days or the boundary pass that a finding holds back, as they were then; what changes is checked anew.

    Returns the finding as it was.

    Raises:
        RequestError: there is no such finding that holds something, or no reason.
        AccessError: only approvers of the team that it is about may.
    """
    why = check_reason(reason)
    held = CheckFindings(context).held()
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
    chosen = {name: every[name] for name in views}
    sources = {name for view in chosen.values() for name in part_names(applied.view_columns(view)[0].source)}
    findings = CheckFindings(context)
    about = {finding.subject for finding in findings.about(sources, chosen)}
    held = [finding for subject, finding in findings.held().items() if subject in about]
    return tuple(_accept(context, guard, finding, why, "break-glass") for finding in held)


def _accept(context: Context, guard: Guard, finding: Finding, reason: str, action: str) -> Finding:
    who, now = guard.principal(), context.clock.now()
    broken = finding.numbers["broken"]
    held = {at: figures for at, figures in broken.items() if figures["held"]}
    context.registry.acceptances.accept(
        Acceptance(finding.subject, int(at), figures["inputs"], reason, who, now) for at, figures in held.items()
    )
    rest = {at: figures for at, figures in broken.items() if at not in held}
    if rest:
        context.registry.findings.see(EXPECTATION, finding.subject, {**finding.numbers, "broken": rest}, now)
    else:
        context.registry.findings.settle(EXPECTATION, finding.subject)
    guard.record(guard.acting(), action, finding.subject, {"reason": reason, "instants": list(map(int, held))})
    return finding
