"""The kinds of findings that there are, for whoever names some without loading what finds them."""

from __future__ import annotations

from typing import Final

FINDING_KINDS: Final = (
    "erased_again_there",
    "expectation",
    "gate-open",
    "glass-broken",
    "late_rows",
    "orphan",
    "publishing_lag",
    "same-data",
    "skew",
    "stale_view",
    "unfinished_erasure",
    "waiver-lapsed",
)
