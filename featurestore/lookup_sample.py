"""The look-ups of a process that are kept, to be recomputed: a share of them, drawn one by one, waiting in memory.

A number is all that a look-up pays which is not drawn. What the registry does not take, or what is there when the
process is killed, is lost: another look-up does as well.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from random import randrange
from typing import Final

from definitions.online_row import OnlineRow
from featurestore.registry.lookup_writer import KeptLookup
from featurestore.serving_record import ServedView

MOST_WAITING: Final = 1_000
"""How many wait for the next flush; the newest ones, where more are drawn."""


class LookupSample:
    """Which `share` (0 to 1) of look-ups is kept, and those of all threads that wait until they are taken."""

    __slots__ = ("_waiting", "share")

    def __init__(self, share: float) -> None:
        self.share = share
        self._waiting: deque[KeptLookup] = deque(maxlen=MOST_WAITING)

    def keep(self, view: ServedView, keys: Sequence[bytes], found: Sequence[OnlineRow | None], now: int) -> None:
        """Keep one of the rows that were `found` for the `keys`, at their own positions, at the instant `now` (UTC
        microseconds): a look-up of many entities is one look-up, and fills no memory."""
        if not keys:
            return
        position = randrange(len(keys))
        row = found[position]
        self._waiting.append(
            KeptLookup(view.view, view.generation, keys[position], view.watermark, None, None, now)
            if row is None
            else KeptLookup(view.view, view.generation, row.key, row.boundary, row.version, row.value, now)
        )

    def take(self) -> list[KeptLookup]:
        """Those that wait, which do no more; one taker at a time."""
        # Threads may add meanwhile: what they add is the next taker's.
        return [self._waiting.popleft() for _ in range(len(self._waiting))]
