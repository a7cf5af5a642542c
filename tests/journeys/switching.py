"""What the processes of a test do to the readers of a view."""

from __future__ import annotations

import os
import signal
from typing import Any, Final

from featurestore.registry import holds
from tests.journeys.processes import Say
from tests.journeys.shop import Shop

VIEW: Final = "customer_daily"


def roll_back_and_die(say: Say, shop: Shop, now: str, when: str) -> None:
    """A rollback to the first generation, killed after a step of its transaction, or right after all of it."""
    store = shop.store(now)
    target: Any = store._context.registry.holds if when == "put" else holds
    step = getattr(target, when)

    def last_step(*given: Any) -> None:
        step(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(target, when, last_step)
    store.publish(views=[VIEW], generation=1)


def switch_back_and_forth(say: Say, shop: Shop, now: str, times: int) -> None:
    """Readers to the first generation and to the second, again and again."""
    for number in range(times):
        shop.store(now).publish(views=[VIEW], generation=1 + number % 2)
