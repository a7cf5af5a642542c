"""What a pool of connections counts and times."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_REMEMBERED: Final = 4096
"""How many of the latest calls of a kind quantiles are of."""


@dataclass(frozen=True)
class Latency:
    """Calls of one kind: how many there were, and quantiles of the latest in seconds."""

    calls: int
    p50: float
    p95: float
    p99: float


class PoolMetrics:
    """Counts of events and times of calls; threads may share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: Counter[str] = Counter()
        self._calls: Counter[str] = Counter()
        self._seconds: dict[str, deque[float]] = {}

    def count(self, event: str) -> None:
        """Of `opened`, `idle_closed`, `dropped`, `retried`, `timed_out`, `refused`."""
        with self._lock:
            self._events[event] += 1

    def time(self, call: str, seconds: float) -> None:
        with self._lock:
            self._calls[call] += 1
            if call not in self._seconds:
                self._seconds[call] = deque(maxlen=_REMEMBERED)
            self._seconds[call].append(seconds)

    @property
    def events(self) -> dict[str, int]:
        with self._lock:
            return dict(self._events)

    @property
    def latencies(self) -> dict[str, Latency]:
        """By the kind of call."""
        with self._lock:
            taken = {call: (self._calls[call], sorted(seconds)) for call, seconds in self._seconds.items()}
        return {
            call: Latency(calls, *(_quantile(seconds, share) for share in (0.5, 0.95, 0.99)))
            for call, (calls, seconds) in taken.items()
        }


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
