"""A finding in a sentence, whatever it is about."""

from __future__ import annotations

from featurestore.erasure_findings import ERASED_AGAIN_THERE, UNFINISHED_ERASURE, erasure_words
from featurestore.orphans import ORPHAN, orphan_words
from featurestore.promises import promise_words
from featurestore.registry.findings import Finding
from featurestore.reuse.drafts import SAME_DATA, draft_words
from featurestore.reuse.gate_findings import GATE_KINDS, gate_words
from featurestore.skew_report import SKEW, skew_words


def finding_words(finding: Finding) -> str:
    """What was found, and what to do about it."""
    if finding.kind == ORPHAN:
        return orphan_words(finding)
    if finding.kind == SAME_DATA:
        return draft_words(finding)
    if finding.kind == SKEW:
        return skew_words(finding)
    if finding.kind in GATE_KINDS:
        return gate_words(finding)
    about_erasures = finding.kind in (UNFINISHED_ERASURE, ERASED_AGAIN_THERE)
    return erasure_words(finding) if about_erasures else promise_words(finding)
