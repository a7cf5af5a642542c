"""A limit of time for a computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event, Thread
from typing import Final

from definitions.errors import TimeLimitError

_AGAIN_SECONDS: Final = 0.5
"""How long to wait before what is cancelled is cancelled again: an engine may have been about to begin with it."""


def deadline(seconds: float | None, cancel: Callable[[], object], what: str) -> AbstractContextManager[None]:
    """Cancel what takes longer than so many seconds, if there is a limit; `what` says what was being done.

    Raises:
        TimeLimitError: it took longer.
    """
    return nullcontext() if seconds is None else _limited(seconds, cancel, what)


@contextmanager
def _limited(seconds: float, cancel: Callable[[], object], what: str) -> Iterator[None]:
    ended, expired = Event(), Event()

    def watch() -> None:
        left = seconds
        while not ended.wait(left):
            expired.set()
            cancel()
            left = _AGAIN_SECONDS

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    done = False
    try:
        yield
        done = True
    finally:
        ended.set()
        watcher.join()
        if expired.is_set() and not done:
            raise TimeLimitError(
                f"{what}: it was cancelled after {seconds:g} s; nothing was changed; ask for less at a time, or give "
                "the engine a longer `timeout` in featurestore.yaml"
            )
