"""A finding in a sentence, whatever it is about, and as a document for programs."""

from __future__ import annotations

from typing import Any

from featurestore.checks.check_words import EXPECTATION, expectation_words
from featurestore.clock import format_instant
from featurestore.erasure_findings import ERASED_AGAIN_THERE, UNFINISHED_ERASURE, erasure_words
from featurestore.orphans import ORPHAN, orphan_words
from featurestore.promises import promise_words
from featurestore.registry.findings import Finding
from featurestore.reuse.drafts import SAME_DATA, draft_words
from featurestore.reuse.gate_findings import GATE_KINDS, gate_words
from featurestore.service_levels import STALE_VIEW, level_words
from featurestore.skew_report import SKEW, skew_words


def finding_words(finding: Finding) -> str:
    """What was found, and what to do about it."""
    if finding.kind == EXPECTATION:
        return expectation_words(finding)
    if finding.kind == ORPHAN:
        return orphan_words(finding)
    if finding.kind == SAME_DATA:
        return draft_words(finding)
    if finding.kind == STALE_VIEW:
        return level_words(finding)
    if finding.kind == SKEW:
        return skew_words(finding)
    if finding.kind in GATE_KINDS:
        return gate_words(finding)
    about_erasures = finding.kind in (UNFINISHED_ERASURE, ERASED_AGAIN_THERE)
    return erasure_words(finding) if about_erasures else promise_words(finding)


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding for programs; spans in `numbers` are in microseconds, instants in microseconds since 1970."""
    return {
        "kind": finding.kind,
        "subject": finding.subject,
        "state": finding.state,
        "first_seen": format_instant(finding.first_seen),
        "last_seen": format_instant(finding.last_seen),
        "numbers": dict(finding.numbers),
        "message": finding_words(finding),
    }
