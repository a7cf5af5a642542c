"""What the processes of a test do to a shop, and what readers see of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from definitions.online_row import OnlineRow
from featurestore.online.sqlite import SqliteOnlineStore
from tests.journeys.processes import Say
from tests.journeys.shop import (
    Row,
    Shop,
    bits,
    frames,
    known_files,
    offline_files,
    online,
    order,
    random_orders,
    segments,
)

YESTERDAY: Final = "2024-03-29T00:30:00"
TODAY: Final = "2024-04-01T05:00:00"
CUSTOMERS: Final = [f"c{number}" for number in range(6_000)] + ["nobody", "late"]
VIEWS: Final = ("customer_daily", "customer_latest")


@dataclass(frozen=True)
class Reading:
    """What readers see: rows online by view and key, a frame by column, the pointers of the offline store."""

    online: dict[str, list[Row]]
    stored: dict[str, int]
    frames: dict[str, Any]
    segments: list[tuple[Any, ...]]


def materialize(say: Say, shop: Shop, now: str) -> dict[str, float]:
    """A run; returns how many seconds it spent on each thing it did."""
    return _timed(say, lambda note: shop.store(now).materialize(progress=note))


def backup(say: Say, shop: Shop, directory: Path) -> dict[str, float]:
    """The same of a backup."""
    return _timed(say, lambda note: shop.store(TODAY).backup(directory, progress=note))


def restore(say: Say, shop: Shop, directory: Path) -> dict[str, float]:
    """The same of a restore."""
    return _timed(say, lambda note: shop.store(TODAY).restore(directory, progress=note))


def publish(say: Say, shop: Shop, now: str) -> None:
    """Write online from the tiles there are."""
    shop.store(now).publish()


def erase(say: Say, shop: Shop, now: str, customer: str) -> dict[str, float]:
    """The same of an erasure."""
    return _timed(say, lambda note: shop.store(now).erase({"customer": customer}, reason="test", progress=note))


def compact(say: Say, shop: Shop, now: str) -> None:
    """Put small segments together."""
    shop.store(now).compact()


def _timed(say: Say, work: Callable[[Say], object]) -> dict[str, float]:
    """How many seconds the work spent on each thing it did, by the first word that it said of it."""
    said = [("opening", time.monotonic())]

    def note(share: float, doing: str) -> None:
        said.append((doing.partition(" ")[0], time.monotonic()))
        say(share, doing)

    work(note)
    spent: dict[str, float] = {}
    for (doing, began), (_, ended) in pairwise([*said, ("", time.monotonic())]):
        spent[doing] = spent.get(doing, 0.0) + ended - began
    return spent


def read(say: Say, shop: Shop, now: str) -> Reading:
    store = shop.store(now)
    served = {view: bits(online(store, view, CUSTOMERS)) for view in VIEWS}
    generations = store._context.registry.generations
    stored = {view: store._online.count(generations.current(view).id) for view in VIEWS}  # type: ignore[union-attr]
    asked = ("2024-01-20", "2024-02-11T10:00:00", "2024-03-28T23:30:00", "2024-04-01T04:00:00")
    framed = bits(frames(store, VIEWS, CUSTOMERS[-60:], asked))
    held = [
        (segment.tile_table, segment.start, segment.end, tuple(sorted(segment.slots)), segment.rows)
        for segment in segments(store)
    ]
    for segment in segments(store):
        assert (store._context.offline_root / segment.path).is_file(), segment
    return Reading(served, stored, framed, held)


def _land_rows(shop: Shop) -> None:
    """Three more days, and a file that comes weeks late."""
    shop.land("april", random_orders(9, "2024-03-29", 3, 3_000, 6_000))
    shop.land("forgotten", [order("2024-02-10T12:00:00", "late", 5.0), order("2024-02-10T13:00:00", "c5999", 7.0)])


def _change_definitions(shop: Shop) -> None:
    """Another computation, and a feature more, from the rows there are."""
    shop.change(
        ("{name: amount, agg: mean, of: amount", "{name: amount, agg: mean, of: amount * 2"),
        ("{name: last_amount", "{name: last_note, agg: last, of: note}\n      - {name: last_amount"),
    )


def set_up(say: Say, shop: Shop, change: str) -> None:
    for month in range(3):
        shop.land(f"month_{month + 1}", random_orders(month, f"2024-0{month + 1}-01", 28, 5_000, 6_000))
    shop.applied(YESTERDAY).materialize()
    {"rows": _land_rows, "definitions": _change_definitions}[change](shop)
    shop.applied(TODAY)


def vacuum(say: Say, shop: Shop, now: str) -> None:
    """Delete what nobody reads; nothing else may be left."""
    store = shop.store(now)
    store.vacuum("0s")
    assert offline_files(store) == known_files(store)


class _StoppingStore(SqliteOnlineStore):
    """Stops the whole process the first time that it is to write rows."""

    stopped = False

    def write(self, generation: int, rows: Iterable[OnlineRow]) -> int:
        if not self.stopped:
            self.stopped = True
            os.kill(os.getpid(), signal.SIGSTOP)
        return super().write(generation, rows)


def materialize_until_stopped(say: Say, shop: Shop, now: str) -> None:
    """A run whose process stops, as if its machine were suspended."""
    store = shop.store(now)
    store._opened.__dict__["online"] = _StoppingStore(store.configuration.online.path)
    store.materialize()
