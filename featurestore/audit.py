"""`store.audit`: what was done, by whom, and whether the record of it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from definitions.errors import ConfigurationError, RequestError
from featurestore.audit_key import KEY_VARIABLE, audit_key_file, load_audit_key
from featurestore.desk import Desk
from featurestore.governance.audit_chain import Anchor, AuditEntry, read_anchor, verify_chain


@dataclass(frozen=True)
class AuditReport:
    """How many entries there are, how many of them have no seal yet, and what is wrong with them."""

    entries: int
    unsealed: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Audit(Desk):
    """The audit; the platform's admins read it."""

    def entries(self, last: int | None = None) -> tuple[AuditEntry, ...]:
        """All entries in the order of what happened, or the `last` of them.

        Raises:
            AccessError: only the platform's admins may.
        """
        self.guard.require_platform("read the audit")
        return self.registry.audit.entries(last)

    def verify(self, anchors: Sequence[str | Path] = ()) -> AuditReport:
        """Whether every entry is as it was written, in its place; with `anchors` (files) also whether the end is there.

        Raises:
            AccessError: only the platform's admins may.
            ConfigurationError: the key is not here.
            RequestError: a file is no anchor.
        """
        self.guard.require_platform("verify the audit")
        key = load_audit_key(self.context.configuration)
        if key is None:
            place = audit_key_file(self.context.configuration)
            raise ConfigurationError(f"the audit's key is neither in {KEY_VARIABLE} nor in {place}; verify where it is")
        written, walked = self.registry.audit.walk()
        entries = tuple(walked)
        problems = verify_chain(key, entries, written, [_read(Path(path)) for path in anchors])
        return AuditReport(len(entries), sum(entry.seal is None for entry in entries), problems)

    def anchor(self) -> Anchor:
        """The last sealed entry, to be kept elsewhere.

        Raises:
            AccessError: only the platform's admins may.
            RequestError: nothing is sealed yet.
        """
        self.guard.require_platform("take an anchor of the audit")
        found = self.registry.audit.anchor()
        if found is None:
            raise RequestError("no entry of the audit is sealed yet; work where the audit's key is")
        return found


def _read(path: Path) -> Anchor:
    try:
        return read_anchor(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RequestError(f"{path} is no anchor: {error}") from error
