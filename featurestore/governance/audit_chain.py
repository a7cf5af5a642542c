"""The audit as a chain: each entry's seal is an HMAC over the entry and the seal before it.

Whoever lacks the key can change, delete, insert or reorder no sealed entry without a seal that does not fit. Entries at
the end can be cut off; an anchor, a seal that was written down elsewhere, tells that.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

GENESIS: Final = b"\0" * 32
"""What stands in the place of the seal before the first entry."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what: `detail` is canonical JSON, `at` UTC microseconds by the machine that wrote it.

    `sequence` counts from 1 without a gap and is the order of what happened, whatever the clocks said.
    """

    sequence: int
    at: int
    principal: str
    mode: str
    action: str
    subject: str
    detail: str
    seal: bytes | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last sealed entry at some time, to be kept where whoever can write the registry cannot."""

    sequence: int
    seal: bytes

    def to_json(self) -> str:
        return json.dumps({"sequence": self.sequence, "seal": self.seal.hex()})


def read_anchor(text: str) -> Anchor:
    """Read what `Anchor.to_json` wrote.

    Raises:
        ValueError: it is no anchor.
    """
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("sequence"), int):
        raise ValueError("an anchor has a sequence and a seal")
    return Anchor(found["sequence"], bytes.fromhex(str(found.get("seal"))))


def seal_entry(key: bytes, former: bytes, entry: AuditEntry) -> bytes:
    """The seal of an entry behind one with the seal `former`."""
    parts = [entry.sequence, entry.at, entry.principal, entry.mode, entry.action, entry.subject, entry.detail]
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=True).encode()
    return hmac.new(key, former + text, hashlib.sha256).digest()


def verify_chain(
    key: bytes, entries: Iterable[AuditEntry], written: int, anchors: Sequence[Anchor] = ()
) -> tuple[str, ...]:
    """What is wrong with the audit, in words; empty if nothing is.

    Args:
        key: of the seals.
        entries: all, by sequence.
        written: how many the registry says were ever written.
        anchors: seals that were kept elsewhere.
    """
    problems: list[str] = []
    wanted = {anchor.sequence: anchor.seal for anchor in anchors}
    former, expected, unsealed = GENESIS, 1, 0
    for entry in entries:
        if entry.sequence != expected:
            missing = f"{expected}" if entry.sequence == expected + 1 else f"{expected} to {entry.sequence - 1}"
            problems.append(f"entry {missing} is missing")
        expected = entry.sequence + 1
        if entry.seal is None:
            unsealed = unsealed or entry.sequence
        elif unsealed:
            problems.append(f"entry {unsealed} lost its seal, as later ones have theirs")
            unsealed = 0
        if entry.seal is not None:
            if not hmac.compare_digest(entry.seal, seal_entry(key, former, entry)):
                problems.append(f"entry {entry.sequence} was changed or moved, or the one before it is another")
            former = entry.seal
        anchored = wanted.pop(entry.sequence, None)
        if anchored is not None and entry.seal != anchored:
            problems.append(f"entry {entry.sequence} is not the one of the anchor")
    if expected <= written:
        problems.append(f"the audit ends at entry {expected - 1}, and {written} were written")
    problems += [f"the anchor's entry {sequence} is gone: the end was cut off" for sequence in sorted(wanted)]
    return tuple(problems)
