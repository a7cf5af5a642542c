"""Drafts: what a view that is being tried out turns out to carry, once there are values of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from builders.request import RequestedColumn, needed_slots
from definitions.model import FeatureView, Repository
from featurestore.registry.findings import OPEN, Finding
from featurestore.reuse.offered_columns import fingerprints

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.resolve import Applied

SAME_DATA: Final = "same-data"
"""A kind of findings: a column of a draft carries what another column does, as far as samples show."""


def unbuilt_drafts(context: Context, views: Mapping[str, FeatureView], columns: Sequence[RequestedColumn]) -> list[str]:
    """The columns of drafts (`view:column`) of which nothing is stored yet."""
    drafts = tuple(
        column for column in columns if column.view.name in views and views[column.view.name].lifecycle.state == "draft"
    )
    held = {
        table: {name for segment in context.registry.segments.current(table.name) for name in segment.slots}
        for table in needed_slots(drafts)
    }
    return [
        f"{column.view.name}:{column.column.name}"
        for column in drafts
        if any(needed.slot.name not in held[column.table] for needed in column.slot_windows)
    ]


def review_drafts(context: Context, applied: Applied, columns: Sequence[str]) -> tuple[Finding, ...]:
    """Look whether columns of drafts that have just got their first values carry what others carry: a finding each."""
    if not columns:
        return ()
    from featurestore.reuse.same_data import find_same_data

    found = find_same_data(context, applied, applied.repository, columns)
    findings, now = context.registry.findings, context.clock.now()
    computations = {name: fingerprints(applied.repository, name) for name in {_view_of(each) for each in columns}}
    seen = []
    for each in found:
        view, _, name = each.column.partition(":")
        numbers = {"view": view, "of": each.of, "rows": each.rows, "fingerprint": computations[view][name]}
        seen.append(findings.see(SAME_DATA, each.column, numbers, now))
    return tuple(each for each in seen if each is not None)


def same_data_of(context: Context, repository: Repository) -> dict[str, str]:
    """The columns of a repository of which it is known that they carry the same data as another one, with that one."""
    return {each.subject: each.numbers["of"] for each in _open(context) if _still_holds(each, repository)}


def settle_drafts(context: Context, repository: Repository) -> None:
    """Settle what was found of columns that are gone, or are computed otherwise by now."""
    for each in _open(context):
        if not _still_holds(each, repository):
            context.registry.findings.settle(SAME_DATA, each.subject)


def _open(context: Context) -> list[Finding]:
    return [each for each in context.registry.findings.all() if each.kind == SAME_DATA and each.state == OPEN]


def _still_holds(finding: Finding, repository: Repository) -> bool:
    """Whether the column is computed as it was when its values were looked at, and the other one is there."""
    view, _, name = finding.subject.partition(":")
    other = finding.numbers["of"].partition(":")
    is_there = fingerprints(repository, view).get(name) == finding.numbers["fingerprint"]
    return is_there and other[2] in fingerprints(repository, other[0])


def _view_of(reference: str) -> str:
    return reference.partition(":")[0]


def draft_words(finding: Finding) -> str:
    """A finding about a draft in a sentence."""
    numbers = finding.numbers
    return (
        f"{finding.subject} carries the same data as {numbers['of']}, on all of {numbers['rows']:,} sampled rows; use "
        f"that one, or say why both are needed with `featurestore waive {finding.subject} --reason ...` before it "
        "becomes active"
    )
