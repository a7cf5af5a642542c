"""Whoever lost its lease while it was stopped changes nothing when it wakes up."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from definitions.errors import ConflictError
from featurestore import FeatureStore
from tests.journeys.processes import start
from tests.journeys.readings import materialize_until_stopped
from tests.journeys.shop import (
    ONE_VIEW,
    Shop,
    bits,
    frame,
    known_files,
    offline_files,
    online,
    order,
    segments,
    state_of,
)

FIRST = "2024-03-01T05:00:00"
LATER = "2024-03-12T05:00:00"
CUSTOMERS = ["ann", "bob", "eve"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("early", [order("2024-02-20", "ann", 2.0), order("2024-02-28", "bob", 3.0), order("2024-01-02", "eve")])
    shop.applied(FIRST)
    return shop


class Pause:
    """A place in the zombie's way at which it stops until it is woken up."""

    def __init__(self) -> None:
        self.reached, self.wake = threading.Event(), threading.Event()

    def before(self, action: Callable[..., Any]) -> Callable[..., Any]:
        def paused(*given: Any) -> Any:
            self.reached.set()
            assert self.wake.wait(60)
            return action(*given)

        return paused


class Zombie:
    """A run in a thread that stops at `pause`; on waking up it must raise ConflictError."""

    def __init__(self, run: Callable[[], Any], pause: Pause) -> None:
        self._run, self._pause = run, pause
        self.raised: BaseException | None = None
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        assert pause.reached.wait(60)

    def _work(self) -> None:
        try:
            self._run()
        except ConflictError as error:
            self.raised = error

    def wake_up(self) -> None:
        self._pause.wake.set()
        self._thread.join(60)
        assert not self._thread.is_alive()


def _take_over(store: FeatureStore, lease: str) -> None:
    """Let the lease end as if it had run out."""
    leases = store._context.registry.leases
    held = leases.holder(lease, 0)
    assert held is not None
    leases.release(held)


def _seen(shop: Shop, now: str) -> list[Any]:
    """Everything that a zombie could spoil."""
    store = shop.store(now)
    generations = store._context.registry.generations
    stored = []
    for generation in generations.of("customer_daily"):
        keys = sorted(store._online.keys(generation.id))
        stored.append((generation, dict(zip(keys, store._online.read(generation.id, keys), strict=True))))
    served = store.get_online_features(["customer_daily:*"], []).freshness
    return [stored, served, segments(store), state_of(shop.folder)]


def _paused_publish(shop: Shop, now: str, place: str) -> tuple[FeatureStore, Zombie]:
    """A publish that stops before it writes rows, moves the watermark, or lets readers see it."""
    store, pause = shop.store(now), Pause()
    registry = store._context.registry
    target: Any = {
        "write": store._online,
        "finish_publish": registry.generations,
        "promote": registry.generations,
    }[place]
    setattr(target, place, pause.before(getattr(target, place)))
    return store, Zombie(store.publish, pause)


@pytest.mark.parametrize("place", ["write", "finish_publish", "promote"])
@pytest.mark.parametrize("published", ["before", "never"])
def test_a_publisher_that_wakes_up_late_changes_neither_rows_nor_watermark(
    shop: Shop, place: str, published: str
) -> None:
    if published == "before":
        shop.store(FIRST).materialize()
    shop.land("more", [order("2024-03-03", "ann", 10.0), order("2024-03-04", "bob", 20.0)])
    shop.store("2024-03-06T05:00:00").materialize(publish=False)
    zombie_store, zombie = _paused_publish(shop, "2024-03-06T05:00:00", place)
    _take_over(zombie_store, "publish/customer_daily")
    shop.store(LATER).materialize()
    before = _seen(shop, LATER)
    zombie.wake_up()
    assert isinstance(zombie.raised, ConflictError)
    assert _seen(shop, LATER) == before


def test_rows_of_a_zombies_first_publish_give_way_even_for_entities_that_have_expired_since(shop: Shop) -> None:
    """Eve is in reach of 60 days when the zombie computes, and no longer when the other publishes."""
    shop.change(("      - {name: note, agg: last, of: note, ttl: 30d}\n", ""))
    shop.applied(FIRST)
    shop.store(FIRST).materialize(publish=False)
    zombie_store, zombie = _paused_publish(shop, FIRST, "write")
    _take_over(zombie_store, "publish/customer_daily")
    later = shop.store("2024-03-04T05:00:00")
    later.materialize()
    zombie.wake_up()
    assert isinstance(zombie.raised, ConflictError)
    assert frame(shop.store(FIRST), "customer_daily", ["eve"], FIRST)[0]["orders_60d"] == 1
    trained = frame(later, "customer_daily", CUSTOMERS, "2024-03-04T05:00:00")
    assert bits(online(later, "customer_daily", CUSTOMERS)) == bits(trained)
    assert trained[2]["orders_60d"] == 0


def test_a_materialize_that_wakes_up_late_swaps_nothing_in_and_leaves_no_files(shop: Shop) -> None:
    store, pause = shop.store(FIRST), Pause()
    registry = store._context.registry.segments
    registry.swap = pause.before(registry.swap)  # type: ignore[method-assign]
    zombie = Zombie(store.materialize, pause)
    table = store._context.applied().all_columns()[0].table.name
    _take_over(store, f"tiles/{table}")
    shop.land("more", [order("2024-03-03", "ann", 10.0)])
    shop.store(LATER).materialize()
    others = known_files(shop.store(LATER))
    before = _seen(shop, LATER)[:3]
    zombie.wake_up()
    assert isinstance(zombie.raised, ConflictError)
    assert _seen(shop, LATER)[:3] == before
    assert offline_files(shop.store(LATER)) == others


def test_a_stopped_process_that_continues_after_another_took_over_changes_nothing(shop: Shop) -> None:
    run = start(materialize_until_stopped, shop, FIRST)
    store = shop.store(LATER)
    lease = "publish/customer_daily"
    _wait_until_stopped(run.process.pid)
    _take_over(store, lease)
    store.materialize()
    before = _seen(shop, LATER)
    os.kill(run.process.pid, signal.SIGCONT)
    with pytest.raises(ConflictError):
        run.result()
    assert _seen(shop, LATER) == before


def _wait_until_stopped(process: int) -> None:
    """Linux says in /proc whether a process is stopped (T)."""
    state = Path(f"/proc/{process}/stat")
    tick = threading.Event()
    while state.read_text().rpartition(")")[2].split()[0] != "T":
        tick.wait(0.02)
