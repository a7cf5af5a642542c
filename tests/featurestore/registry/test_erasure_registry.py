"""Erasures: what each transaction leaves behind is added to what others did."""

from __future__ import annotations

import threading

from featurestore.registry.database import writing
from featurestore.registry.erasures import ErasureRegistry
from featurestore.registry.registry import Registry


def test_files_left_behind_at_once_are_all_remembered(registry: Registry) -> None:
    erasure = registry.erasures.begin(["customer"], "salt", "digest", "asked for", "ann", 1)

    def leave(table: str) -> None:
        for number in range(10):
            with writing(registry.engine) as connection:
                ErasureRegistry.leave(connection, erasure.id, [f"{table}/{number}"])

    threads = [threading.Thread(target=leave, args=(table,)) for table in ("orders", "visits", "terms")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (left,) = registry.erasures.all()
    assert sorted(left.leftovers) == sorted(f"{t}/{n}" for t in ("orders", "visits", "terms") for n in range(10))
