"""Counting uses in memory, and adding them to the registry in the background, with the look-ups that are kept.

Whoever is counted never waits and never fails: one more is one atomic addition in memory. What was counted since the
last flush is lost if the process is killed; what a registry that is away did not take is kept for the next flush.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Callable
from itertools import count
from typing import Final

from definitions.errors import ConfigurationError
from featurestore.clock import Clock
from featurestore.lookup_sample import LookupSample
from featurestore.registry.usage_writer import Counted, Kind, Request, UsageWriter

DAY_MICROSECONDS: Final = 86_400_000_000
_MOST_WAITING: Final = 10_000
"""How many different counts wait for a registry that is away; what comes above them is not counted."""
_EXIT_SECONDS: Final = 5.0
"""How long the end of a process waits for the last flush."""


class UseCounter:
    """A number to which any thread adds one by `add`, exactly and without a lock; released when no plan needs it."""

    __slots__ = ("_next", "add", "released")

    def __init__(self) -> None:
        self.add: Callable[[], int] = count().__next__
        self._next = 0
        self.released = False

    def take(self) -> int:
        """How often `add` was called since the last `take`; one taker at a time."""
        # Taking calls it too: the number that it gives is what was expected and the additions since.
        number = self.add()
        taken, self._next = number - self._next, number + 1
        return taken


class UseCounts:
    """The counters of a process, and the thread that adds them to the registry at each interval (seconds); beside them
    it writes the look-ups of the `sample`."""

    def __init__(
        self,
        open_writer: Callable[[], UsageWriter],
        clock: Clock,
        principal: Callable[[], str],
        interval: float,
        sample: LookupSample | None = None,
    ) -> None:
        self._open_writer = open_writer
        self._clock = clock
        self._principal = principal
        self._interval = interval
        self._sample = sample or LookupSample(0.0)
        self._thread: threading.Thread | None
        self.asleep: bool
        self._forget()
        self._counters: dict[tuple[Request, Kind], UseCounter] = {}
        self._failed = False
        forked = weakref.WeakMethod(self._begin_in_fork)
        os.register_at_fork(after_in_child=lambda: _call(forked))

    def counter(self, request: Request, kind: Kind) -> UseCounter:
        """The counter of what is asked for; calling `wake` before counting lets it be flushed."""
        with self._counting:
            found = self._counters.setdefault((request, kind), UseCounter())
            found.released = False
            return found

    def add(self, request: Request, kind: Kind) -> None:
        """Count one use."""
        self.wake()
        self.counter(request, kind).add()

    def wake(self) -> None:
        """Make sure that the thread of this process is there; cheap to ask for by `asleep` before."""
        with self._counting:
            if not self.asleep:
                return
            self.asleep = False
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, name="featurestore-usage", daemon=True)
            self._thread.start()
        _at_exit_of_worker(self.close)

    def flush(self) -> bool:
        """Add what was counted to the registry now; False if it did not take it, which is said once."""
        with self._flushing:
            self._keep()
            self._take()
            if not self._waiting:
                return True
            counted = [Counted(request, kind, day, who, n) for (request, kind, day, who), n in self._waiting.items()]
            try:
                self._open_writer().add(counted)
            except ConfigurationError as error:
                self._say_once(f"uses are not counted for now, and kept until they can be: {error}")
                return False
            self._waiting.clear()
            return True

    def close(self) -> None:
        """Flush for the last time, at the end of the store or the process; waits a little for a busy registry."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_EXIT_SECONDS)

    def _run(self) -> None:
        stop = self._stop
        while not stop.wait(self._interval):
            self.flush()
        self.asleep = True
        self.flush()

    def _keep(self) -> None:
        """Write the look-ups that are kept, apart from the counts, which must not be lost because of them."""
        if kept := self._sample.take():
            try:
                self._open_writer().keep(kept)
            except ConfigurationError as error:
                self._say_once(f"no look-ups are kept for now: {error}")

    def _take(self) -> None:
        with self._counting:
            counters = list(self._counters.items())
        if not counters:
            # Nobody has asked for anything: it may be that nobody may.
            return
        day, who = self._clock.now() // DAY_MICROSECONDS, self._principal()
        for (request, kind), counter in counters:
            # Looked at first: a look-up that began before the release may still add until the next flush.
            released, number = counter.released, counter.take()
            key = (request, kind, day, who)
            if number and (key in self._waiting or len(self._waiting) < _MOST_WAITING):
                self._waiting[key] = self._waiting.get(key, 0) + number
            if released and not number:
                with self._counting:
                    if self._counters.get((request, kind)) is counter:
                        del self._counters[request, kind]

    def _say_once(self, text: str) -> None:
        if not self._failed:
            self._failed = True
            import logging

            logging.getLogger("featurestore").warning(text)

    def _forget(self) -> None:
        self._counting = threading.Lock()
        self._flushing = threading.Lock()
        self._stop = threading.Event()
        self._thread = None
        self._waiting: dict[tuple[Request, Kind, int, str], int] = {}
        self.asleep = True

    def _begin_in_fork(self) -> None:
        """What was counted before the fork is the parent's to add; locks may be held by threads that are not here."""
        self._forget()
        for counter in self._counters.values():
            counter.take()
        self._sample.take()


def _call(method: weakref.WeakMethod[Callable[[], None]]) -> None:
    found = method()
    if found is not None:
        found()


def _at_exit_of_worker(close: Callable[[], None]) -> None:
    """Workers of `multiprocessing` end without what `atexit` holds; they have a list of their own."""
    process, util = (sys.modules.get(f"multiprocessing.{name}") for name in ("process", "util"))
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, close, exitpriority=10)
