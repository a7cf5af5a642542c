"""A limit of time for a computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Timer

from definitions.errors import TimeLimitError


@contextmanager
def deadline(seconds: float | None, cancel: Callable[[], object], what: str) -> Iterator[None]:
    """Cancel what takes longer than so many seconds, if there is a limit; `what` says what was being done.

    Raises:
        TimeLimitError: it took longer.
    """
    expired = Event()

    def expire() -> None:
        expired.set()
        cancel()

    timer = Timer(seconds or 0.0, expire)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield
    except Exception as error:
        if expired.is_set():
            raise TimeLimitError(
                f"{what}: it was cancelled after {seconds:g} s; nothing was changed; ask for less at a time, or give "
                "the engine a longer `timeout` in featurestore.yaml"
            ) from error
        raise
    finally:
        timer.cancel()
