"""Exact sums of doubles: each value as integers on a fixed grid of binary digits.

A double is an integer times a power of two, so a sum of doubles is exact when it is carried in integers that are wide
enough: free of order, equal on every engine, and a window is the difference of two running sums to the bit. A limb is
one decimal(38,0) column that counts units of `2**unit(limb)`. Limb 0 alone holds values that are multiples of 2**-70
(8e-22) and smaller than 2**30 (1e9), which real measures nearly always are; a slot whose values leave that range gets
the further limbs that its range needs, each `LIMB_BITS` wide. The idea is Kulisch's long accumulator and the binned
sums of Demmel and Nguyen (Parallel Reproducible Summation, 2015); the grid is absolute, so limbs of different
segments add up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

LIMB_BITS: Final = 90
"""How many binary digits one limb adds; the other 36 of a decimal(38,0) are room to sum 2**36 rows."""

BASE_UNIT: Final = -70
"""The exponent of limb 0's unit."""

TOP_BITS: Final = 100
"""How large one row's share of the highest limb may be, in bits."""

DEFAULT_LIMBS: Final = (0,)
"""What a slot has until its values are seen to need more."""

DEFAULT_LIMBS_OF_SQUARES: Final = (-1, 0)
"""The same for squares, which have twice the digits: of multiples of 2**-80 that are smaller than 2**15."""

LARGEST_SQUARED: Final = 2.0**500
"""Where squares begin to leave the doubles."""


def unit(limb: int) -> int:
    """The exponent of `limb`'s unit: it counts multiples of `2**unit(limb)`."""
    return BASE_UNIT + LIMB_BITS * limb


def limbs_for_range(smallest: float, largest: float) -> tuple[int, ...]:
    """The limbs that hold every double whose magnitude lies in `[smallest, largest]` exactly; neither may be 0."""
    return _limbs_for_digits(max(math.frexp(smallest)[1] - 53, -1074), math.frexp(largest)[1])


def limbs_for_squares(smallest: float, largest: float) -> tuple[int, ...]:
    """The limbs that hold the square of every double whose magnitude lies in `[smallest, largest]`; exactly, but for
    digits below those of any double."""
    return _limbs_for_digits(max(2 * (math.frexp(smallest)[1] - 53), -1074), 2 * math.frexp(largest)[1])


def _limbs_for_digits(lowest_digit: int, highest_digit: int) -> tuple[int, ...]:
    low = math.floor((lowest_digit - BASE_UNIT) / LIMB_BITS)
    high = max(low, math.ceil((highest_digit - BASE_UNIT - LIMB_BITS) / LIMB_BITS))
    return tuple(range(low, high + 1))


def widest(*choices: Sequence[int]) -> tuple[int, ...]:
    """The run of limbs that covers all of `choices`."""
    limbs = [limb for choice in choices for limb in choice]
    return tuple(range(min(limbs), max(limbs) + 1))
