"""Sums of doubles that outgrow their limbs: measure the values, plan again, run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from builders.engine import Limbs
from definitions.errors import ValueRangeError

Plan = TypeVar("Plan")
Result = TypeVar("Result")


class LimbsExceededError(ValueRangeError):
    """A value does not fit the limbs that its sum was planned with."""


def run_exactly(
    plan: Callable[[Limbs], Plan], run: Callable[[Plan], Result], measure: Callable[[Plan], Limbs], known: Limbs
) -> Result:
    """Plan with the limbs that are known and run; where they are too few, measure and do both once more.

    Nearly all sums fit limb 0, so measuring first would cost every build a pass that almost none needs.
    """
    first = plan(known)
    try:
        return run(first)
    except LimbsExceededError:
        return run(plan({**known, **measure(first)}))
