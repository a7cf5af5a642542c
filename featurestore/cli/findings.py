"""Findings as commands tell them."""

from __future__ import annotations

from typing import Any

from featurestore.clock import format_instant
from featurestore.finding_words import finding_words
from featurestore.registry.findings import Finding


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding for programs; spans in `numbers` are in microseconds."""
    return {
        "kind": finding.kind,
        "subject": finding.subject,
        "state": finding.state,
        "first_seen": format_instant(finding.first_seen),
        "last_seen": format_instant(finding.last_seen),
        "numbers": dict(finding.numbers),
        "message": finding_words(finding),
    }
