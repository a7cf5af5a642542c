"""Days of columns for tests of stability, as summaries, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from quality.history import DAY
from quality.reference import HOURS, Reference, reference_of_numbers, reference_of_texts
from quality.summary import Summary
from tests.benchmarks.clean_sources import summarise_numbers, summarise_texts

Values = np.ndarray
Fault = Callable[[Values], Values]

ROWS = 500
CHANNELS = np.array(["web", "shop", "phone", "agent"])


def numbers(random: np.random.Generator, day: int) -> Values:
    """A day's numbers: of one in fifty there is none, and all have a little in common."""
    values = random.normal(10, 2, random.poisson(ROWS)) + random.normal(0, 0.1)
    values[random.uniform(size=len(values)) < 0.02] = np.nan
    return values


def mostly_zero(random: np.random.Generator, day: int) -> Values:
    """Nine of ten are zero, the others have heavy tails."""
    size = random.poisson(ROWS)
    return np.where(random.uniform(size=size) < 0.1, np.exp(random.normal(0, 1.5, size)), 0.0)


def channels(random: np.random.Generator, day: int) -> Values:
    return random.choice(CHANNELS, random.poisson(ROWS), p=[0.5, 0.3, 0.15, 0.05])


def hours(random: np.random.Generator, day: int) -> Values:
    """The hours of a day's rows, a few thousand: most around three in the afternoon."""
    return (random.normal(15, 4, random.poisson(3_000)).astype(int) % 24).astype(str)


def make_days(
    make: Callable[[np.random.Generator, int], Values],
    days: int,
    seed: int = 1,
    faults: Mapping[int, Fault] | None = None,
) -> tuple[dict[int, Summary], Reference]:
    """A column's summaries by boundary, with `faults` on some days; and its reference, of the first four weeks."""
    random = np.random.default_rng(seed)
    values = [make(random, day) for day in range(days)]
    sample = np.concatenate(values[:28])
    if sample.dtype.kind == "f":
        reference, summarise = reference_of_numbers(sample), summarise_numbers
    else:
        reference, summarise = reference_of_texts(sample.tolist(), 24), summarise_texts
        if make is hours:
            counts = np.array([(sample == hour).mean() for hour in HOURS])
            reference = Reference(values=HOURS, shares=(*counts.tolist(), 0.0), rows=len(sample))
    for day, fault in (faults or {}).items():
        values[day] = fault(values[day])
    return {day * DAY: summarise(of_day, reference) for day, of_day in enumerate(values)}, reference
