"""Threads that write and read the same rows and look at every one that they get: run as a process of its own too.

Each value says whose it is and when it was written. A thread that saw a boundary of a key, by reading it or by its own
acknowledged write, must never see an older one.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from dataclasses import dataclass, field

from definitions.online_row import OnlineRow
from online_hbase.pool import PoolSettings
from online_hbase.site import HOST
from online_hbase.store import HBaseOnlineStore

KEYS = 300
GENERATIONS = (1, 2)


def row(generation: int, number: int, boundary: int, version: int) -> OnlineRow:
    key = b"key %d" % number
    return OnlineRow(key, boundary, version, b"%d %s %d %d" % (generation, key, boundary, version))


@dataclass
class Crowd:
    """What some threads did, and what was wrong."""

    store: HBaseOnlineStore
    seconds: float
    written: int = 0
    read: int = 0
    wrong: list[str] = field(default_factory=list)

    def run(self, threads: int, seed: int) -> None:
        members = [threading.Thread(target=self._act, args=(seed * 1000 + number,)) for number in range(threads)]
        for member in members:
            member.start()
        for member in members:
            member.join()

    def _act(self, seed: int) -> None:
        chance = random.Random(seed)
        seen: dict[tuple[int, int], tuple[int, int]] = {}
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            generation = chance.choice(GENERATIONS)
            numbers = chance.sample(range(KEYS), chance.randrange(1, 40))
            if chance.random() < 0.3:
                # Clocks of publishers differ; the version says who it was.
                boundary = time.time_ns() // 1000 + chance.randrange(-200_000, 200_000)
                self.store.write(generation, [row(generation, number, boundary, seed) for number in numbers])
                for number in numbers:
                    held = (generation, number)
                    seen[held] = max(seen.get(held, (0, 0)), (boundary, seed))
                self.written += len(numbers)
            else:
                found = self.store.read(generation, [b"key %d" % number for number in numbers])
                for number, each in zip(numbers, found, strict=True):
                    self._check(generation, number, each, seen)
                self.read += len(numbers)

    def _check(
        self, generation: int, number: int, found: OnlineRow | None, seen: dict[tuple[int, int], tuple[int, int]]
    ) -> None:
        last = seen.get((generation, number))
        if found is None:
            if last is not None:
                self.wrong.append(f"{generation} {number} is gone")
            return
        if found != row(generation, number, found.boundary, found.version):
            self.wrong.append(f"{generation} {number} is {found}")
        elif last is not None and (found.boundary, found.version) < last:
            self.wrong.append(f"{generation} {number} went back from {last} to {(found.boundary, found.version)}")
        seen[generation, number] = (found.boundary, found.version)


if __name__ == "__main__":
    port, prefix, count, length, first = sys.argv[1:]
    crowd = Crowd(HBaseOnlineStore(PoolSettings(HOST, int(port), timeout=30.0), prefix), float(length))
    crowd.run(int(count), int(first))
    print(crowd.written, crowd.read, *crowd.wrong[:3], sep="\n")
