"""Orphans: definitions whose owner has left."""

from __future__ import annotations

from typing import Final

from featurestore.context import Context
from featurestore.governance.visible import COLLECTIONS
from featurestore.registry.findings import OPEN, Finding

ORPHAN: Final = "orphan"


def review_orphans(context: Context, now: int) -> None:
    """Open a finding for each definition whose owner has left, and settle those of others."""
    left = {item.name for item in context.registry.people.principals() if item.left_at is not None}
    known = {item.subject for item in context.registry.findings.all() if item.kind == ORPHAN and item.state == OPEN}
    if not left and not known:
        return
    repository = context.applied().repository
    orphans = {
        f"{kind.replace('_', ' ')} {name}": {
            "kind": kind,
            "name": name,
            "owner": definition.owner,
            "team": definition.team,
            **({"view": name} if kind == "feature_view" else {}),
        }
        for kind, collection in COLLECTIONS.items()
        for name, definition in getattr(repository, collection).items()
        if definition.owner in left
    }
    for subject, numbers in orphans.items():
        context.registry.findings.see(ORPHAN, subject, numbers, now)
    for subject in known - orphans.keys():
        context.registry.findings.settle(ORPHAN, subject)


def orphan_words(finding: Finding) -> str:
    """A finding about an orphan in a sentence."""
    team = finding.numbers["team"] or "platform"
    return (
        f"{finding.subject} has no owner: {finding.numbers['owner']} has left; name another in the YAML, "
        f"as an author of the team {team}"
    )
