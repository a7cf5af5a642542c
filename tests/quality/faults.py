"""What goes wrong with a day of payments: drawn from a seed, done to the rows as they would land in a file.

Each fault says of which columns, or in which words, a finding has to be for it to name the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.quality.payments import CHANNELS, COUNTRIES, SECONDS, Columns

NUMBERS: Final = ("amount", "fee", "tip", "balance_change", "score", "items", "latency", "rating")
CATEGORIES: Final = ("country", "channel")
CODES: Final = ("payment", "customer", "merchant", "coupon", "country", "channel")
NULLABLE: Final = (*NUMBERS, *CATEGORIES, "email", "merchant", "coupon", "refund", "created_at", "payment")
SWAPPED: Final = (
    ("amount", "fee"), ("amount", "latency"), ("tip", "fee"), ("country", "channel"), ("merchant", "customer"),
    ("score", "balance_change"),
)  # fmt: skip
WHOLE: Final = ("items", "latency", "rating")


@dataclass(frozen=True)
class Fault:
    """A day with a fault of a `kind`, which `words` tell with its size. A finding names it that is about one of its
    `columns`, or of one of the `checks`; `rows` stands for the measure of `stable` that counts rows."""

    kind: str
    words: str
    day: Columns
    columns: frozenset[str] = frozenset()
    checks: frozenset[str] = frozenset()
    reaches_back: bool = False
    """Whether some of its rows say that they are of the day before, whose late rows they are."""


Chance = np.random.Generator
Draw = Callable[[Columns, Chance], Fault]


def draw_fault(kind: str, day: Columns, chance: Chance) -> Fault:
    """A fault of this kind done to a copy of the day."""
    return FAULTS[kind](dict(day), chance)


def _shift(day: Columns, chance: Chance) -> Fault:
    """By 0.5 to 3 standard deviations of the day, either way."""
    name, size = _one(NUMBERS, chance), chance.uniform(0.5, 3) * chance.choice([-1, 1])
    there = _there(day[name])
    by = size * float(np.std(np.array(day[name][there], dtype=np.float64)))
    by = (round(by) or np.sign(size)) if name in WHOLE else by
    return Fault("shift", f"{name} by {size:+.2f} sigma", _with_numbers(day, name, lambda x: x + by), frozenset({name}))


def _scale(day: Columns, chance: Chance) -> Fault:
    """Distances from the median 1.5 to 3 times as large, or as small."""
    name, factor = _one(NUMBERS, chance), chance.uniform(1.5, 3) ** chance.choice([-1.0, 1.0])
    middle = float(np.median(np.array(day[name][_there(day[name])], dtype=np.float64)))
    changed = _with_numbers(day, name, lambda x: middle + factor * (x - middle))
    return Fault("scale", f"{name} by {factor:.2f}", changed, frozenset({name}))


def _vanishing(day: Columns, chance: Chance) -> Fault:
    """All rows of one category, which has 2 % of them or more."""
    name = _one(CATEGORIES, chance)
    shares = {value: float(np.mean(day[name] == value)) for value in (COUNTRIES if name == "country" else CHANNELS)}
    value = _one([value for value, share in shares.items() if 0.02 <= share <= 0.5], chance)
    kept = day[name] != value
    return Fault("category vanishing", f"{value}, {shares[value]:.1%}", _rows(day, kept), frozenset({name}))


def _nulls(day: Columns, chance: Chance) -> Fault:
    """In 5 to 60 % of the rows."""
    name, share = _one(NULLABLE, chance), chance.uniform(0.05, 0.6)
    return Fault("null burst", f"{name}, {share:.0%}", _without(day, name, share, chance), frozenset({name}))


def _unit(day: Columns, chance: Chance) -> Fault:
    name = _one(NUMBERS[:-1], chance)
    return Fault("unit x1000", name, _with_numbers(day, name, lambda x: x * 1_000), frozenset({name}))


def _frozen(day: Columns, chance: Chance) -> Fault:
    """From some row on, at 0 to 50 % of the day, all have that row's value."""
    name, start = _one((*NUMBERS, *CATEGORIES), chance), chance.uniform(0, 0.5)
    first = int(start * len(day[name]))
    first += int(np.argmax(_there(day[name][first:])))
    values = day[name].copy()
    values[first:] = values[first]
    return Fault("frozen value", f"{name} for {1 - start:.0%}", {**day, name: values}, frozenset({name}))


def _duplicated(day: Columns, chance: Chance) -> Fault:
    again = {name: np.concatenate((values, values)) for name, values in day.items()}
    return Fault("duplicated day", "", again, frozenset({"payment"}), frozenset({"volume", "rows"}))


def _missing_rows(day: Columns, chance: Chance) -> Fault:
    """40 to 60 % of them, here and there."""
    share = chance.uniform(0.4, 0.6)
    kept = chance.random(len(day["payment"])) >= share
    return Fault("half the rows missing", f"{share:.0%}", _rows(day, kept), checks=frozenset({"volume", "rows"}))


def _late(day: Columns, chance: Chance) -> Fault:
    """The last 2 to 8 hours of the day."""
    hours = chance.uniform(2, 8)
    kept = day["known_at"] % SECONDS < SECONDS - hours * 3_600
    named = frozenset({"freshness", "volume", "rows"})
    return Fault("late source", f"{hours:.1f} hours", _rows(day, kept), frozenset({"known_at"}), named)


def _hour_off(day: Columns, chance: Chance) -> Fault:
    """All instants, as a time zone read wrongly makes them; what leaves the day is in the one before or after."""
    hours = int(chance.choice([-2, -1, 1, 2]))
    moved = {name: day[name] + hours * 3_600 for name in ("created_at", "known_at")}
    columns = frozenset({"created_at", "known_at"})
    return Fault("hours off", f"{hours:+d}", {**day, **moved}, columns, frozenset({"freshness"}), hours < 0)


def _wrong_codes(day: Columns, chance: Chance) -> Fault:
    """Written in another way in 5 to 100 % of the rows: in the other case, without the first character, or with a space
    at the end."""
    name, share = _one(CODES, chance), chance.uniform(0.05, 1)
    way = _one(("case", "cut", "space"), chance)
    ways: Mapping[str, Callable[[str], str]] = {
        "case": str.swapcase,
        "cut": lambda code: code[1:],
        "space": lambda code: f"{code} ",
    }
    values = day[name].copy()
    for place in np.flatnonzero((chance.random(len(values)) < share) & _there(values)):
        values[place] = ways[way](values[place])
    return Fault("wrong codes", f"{name}, {way}, {share:.0%}", {**day, name: values}, frozenset({name}))


def _swapped(day: Columns, chance: Chance) -> Fault:
    one, other = SWAPPED[int(chance.integers(len(SWAPPED)))]
    taken = {one: day[other], other: day[one]}
    for name, values in taken.items():
        if name in WHOLE:
            taken[name] = np.round(np.array(values, dtype=np.float64)).astype(np.int64)
    return Fault("swapped columns", f"{one} and {other}", {**day, **taken}, frozenset({one, other}))


def _nulled_keys(day: Columns, chance: Chance) -> Fault:
    """In 1 to 100 % of the rows."""
    share = chance.uniform(0.01, 1)
    return Fault("keys nulled", f"{share:.0%}", _without(day, "customer", share, chance), frozenset({"customer"}))


FAULTS: Final[Mapping[str, Draw]] = {
    "shift": _shift,
    "scale": _scale,
    "category vanishing": _vanishing,
    "null burst": _nulls,
    "unit x1000": _unit,
    "frozen value": _frozen,
    "duplicated day": _duplicated,
    "half the rows missing": _missing_rows,
    "late source": _late,
    "hours off": _hour_off,
    "wrong codes": _wrong_codes,
    "swapped columns": _swapped,
    "keys nulled": _nulled_keys,
}


def _one(among: Any, chance: Chance) -> Any:
    return among[int(chance.integers(len(among)))]


def _there(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.array([value is not None for value in values], dtype=bool)


def _rows(day: Columns, kept: NDArray[np.bool_]) -> Columns:
    return {name: values[kept] for name, values in day.items()}


def _with_numbers(day: Columns, name: str, change: Callable[[float], float]) -> Columns:
    changed = [None if value is None else change(float(value)) for value in day[name]]
    if name in WHOLE:
        changed = [None if value is None else round(value) for value in changed]
    return {**day, name: np.array(changed, object)}


def _without(day: Columns, name: str, share: float, chance: Chance) -> Columns:
    values = day[name].astype(object)
    values[chance.random(len(values)) < share] = None
    return {**day, name: values}
