"""Asking the registry whether anything has changed, and going on for a while where it does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from definitions.errors import ConfigurationError

POLL_SECONDS: Final = 1.0
"""How long one goes on with what is known before asking whether it changed."""


@dataclass
class RevisionPoll:
    """Asks for a revision at most once in `POLL_SECONDS`.

    Where nobody answers, what is known counts for `grace` seconds since somebody last did.
    """

    grace: float
    _revision: int = -1
    _asked: float | None = None
    _answered: float = 0.0

    def follow(self, read: Callable[[], int], refresh: Callable[[], None]) -> None:
        """Have `refresh` learn what there is now, if the revision that `read` gives is another one than at last.

        Raises:
            ConfigurationError: the registry does not answer, and never did or not for too long.
        """
        now = time.monotonic()
        if self._asked is not None and now - self._asked <= POLL_SECONDS:
            return
        self._asked = now
        try:
            revision = read()
            if revision != self._revision:
                refresh()
        except ConfigurationError:
            if self._revision < 0 or now - self._answered > self.grace:
                self._asked = None
                raise
        else:
            self._answered, self._revision = now, revision

    def forget(self) -> None:
        """Ask again at the next question."""
        self._asked = None
