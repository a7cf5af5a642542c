"""What a process knows of the company: one record, read again whenever the registry says that it changed.

It asks about once a second, so whatever is revoked is of no use anywhere after that, or after `GRACE_SECONDS` where
nobody answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from featurestore.clock import Clock
from featurestore.governance.access_record import ACCESS_KEY, Company, decode_company
from featurestore.revision_poll import RevisionPoll

if TYPE_CHECKING:
    from featurestore.registry.serving_reader import ServingReader

GRACE_SECONDS: Final = 25.0
"""How long it goes on with what it knows while the registry does not answer: no token is of use for longer than 30
seconds after it was revoked."""


@dataclass
class CompanyReader:
    """Reads the company from the serving records that `open_reader` opens when they are first asked for.

    `asked` counts how often the registry was: what was decided before may be otherwise after it.
    """

    open_reader: Callable[[], ServingReader]
    clock: Clock
    asked: int = 0
    _reader: ServingReader | None = field(default=None, repr=False)
    _company: Company | None = field(default=None, repr=False)
    _poll: RevisionPoll = field(default_factory=lambda: RevisionPoll(GRACE_SECONDS))
    _latest: int = 0

    def company(self) -> Company | None:
        """Everybody and everything, as recent as `RevisionPoll` has it; None if nobody is registered."""
        self._poll.follow(self._read_revision, self._read_company)
        return self._company

    def now(self) -> int:
        """The present (UTC microseconds), which never goes back: what has ended stays so."""
        company = self.company()
        self._latest = max(self._latest, self.clock.now(), 0 if company is None else company.written_at)
        return self._latest

    def forget(self) -> None:
        """Read what is known again at the next question, as after a change of one's own."""
        self._poll.forget()

    def _read_revision(self) -> int:
        self._reader = self._reader or self.open_reader()
        self.asked += 1
        return self._reader.revision()

    def _read_company(self) -> None:
        assert self._reader is not None
        record = self._reader.load(ACCESS_KEY)
        self._company = None if record is None else decode_company(record)
