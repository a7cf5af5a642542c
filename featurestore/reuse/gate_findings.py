"""What the gate leaves behind: findings of broken glass, of waivers that lapsed, and of searches that failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from definitions.columns import column_names
from definitions.durations import DAY
from definitions.errors import FeatureStoreError
from definitions.model import Repository
from featurestore.clock import day_of
from featurestore.registry.findings import OPEN, Finding
from featurestore.reuse.find_reuse import find_reuse

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.registry.acting import Acting
    from featurestore.registry.feature_columns import IndexedColumn
    from featurestore.resolve import Applied
    from featurestore.reuse.gate import Ruling
    from featurestore.reuse.reuse import Reuse

BROKEN_FOR: Final = 14 * DAY
GLASS_BROKEN: Final = "glass-broken"
WAIVER_LAPSED: Final = "waiver-lapsed"
GATE_OPEN: Final = "gate-open"
GATE_KINDS: Final = (GLASS_BROKEN, WAIVER_LAPSED, GATE_OPEN)
"""Kinds of findings: a column was built in spite of the gate; a waiver has lapsed and the column is still there; nobody
looked whether what was applied was there already."""


def look_for_reuse(
    context: Context, applied: Applied, repository: Repository, added: Sequence[IndexedColumn]
) -> tuple[tuple[Reuse, ...], str | None]:
    """What is there already; or nothing, and the kind of error of which the search failed: nobody is to be kept from
    planning and applying by a registry that does not answer it, or by definitions that it cannot compare."""
    try:
        return find_reuse(context, applied, repository, added), None
    except (FeatureStoreError, ArithmeticError, LookupError, RecursionError) as error:
        return (), type(error).__name__


def note_search(context: Context, columns: int, failed: str | None) -> None:
    """After columns were applied: a finding that the gate was open if the search failed, until one goes well."""
    if failed is not None:
        numbers = {"columns": columns, "by": context.principal(), "error": failed}
        context.registry.findings.see(GATE_OPEN, "gate", numbers, context.clock.now())
    elif columns:
        context.registry.findings.settle(GATE_OPEN, "gate")


def break_glass(
    context: Context, repository: Repository, rulings: Iterable[Ruling], reason: str, acting: Acting
) -> None:
    """Let through what the gate refuses, for two weeks, and tell whoever owns either side: a finding a column. It is
    audited."""
    who, now = acting.principal, context.clock.now()
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
        detail = {"instead_of": references, "reason": reason, "until": waiver.expires_at}
        context.registry.audit.append(acting, "break-glass", found.column, detail)


def review_waivers(context: Context, repository: Repository) -> None:
    """Open a finding for each waiver that has lapsed while its column is still there: lapsing breaks nothing. Settle
    what is found of columns that are gone, of waivers that hold again, and of glass whose time is over."""
    now, findings = context.clock.now(), context.registry.findings
    open_ones = {(each.kind, each.subject) for each in findings.all() if each.state == OPEN}
    approved = (waiver for waiver in context.registry.waivers.all() if waiver.approved_at is not None)
    latest = {waiver.column: waiver for waiver in sorted(approved, key=lambda waiver: waiver.expires_at)}
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


def gate_words(finding: Finding) -> str:
    """A finding of the gate in a sentence."""
    column, numbers = finding.subject, finding.numbers
    if finding.kind == GATE_OPEN:
        return (
            f"the gate was open: {numbers['by']} applied {numbers['columns']} columns while the search for what is "
            f"there failed ({numbers['error']}); see `featurestore plan` of what is applied next, and tell the platform"
        )
    if finding.kind == GLASS_BROKEN:
        told = ", ".join(numbers["told"]) or "nobody who is named"
        return (
            f"{column} was built although {numbers['instead_of']} is there: {numbers['by']} broke the glass "
            f"({numbers['reason']}); it holds until {day_of(numbers['until'])}; concerns {told}"
        )
    return (
        f"the waiver of {column} ({numbers['reason']}) lapsed at {day_of(numbers['expired'])}; use "
        f"{numbers['instead_of']} instead, or ask again with `featurestore waive {column} --reason ...`"
    )
