"""Figures: timed in turns, printed as a table and as one JSON object a line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

ROUNDS: Final = 7
"""How often each side runs; a median of seven holds while three runs are disturbed."""

Timer = Callable[[], float]
"""Does its work once and returns the seconds that count."""


@dataclass(frozen=True)
class Figure:
    """One comparison. `ratio` says how many times better ours is; `goal` is the least that it should be.

    `higher_is_better` holds for throughputs; times and bytes are better when lower. `n` counts the runs of each side.
    `beside` are more numbers for the line of JSON.
    """

    bench: str
    ours: float
    peer: float
    unit: str
    n: int
    goal: float | None = None
    higher_is_better: bool = False
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        better, worse = (self.ours, self.peer) if self.higher_is_better else (self.peer, self.ours)
        return better / worse

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "holds" if self.ratio >= self.goal else "MISSED"

    def as_json(self) -> str:
        """The figure as one line of JSON."""
        return json.dumps(
            {
                "bench": self.bench,
                "ours": _rounded(self.ours),
                "peer": _rounded(self.peer),
                "ratio": _rounded(self.ratio),
                "unit": self.unit,
                "n": self.n,
                **self.beside,
            }
        )


def timed(work: Callable[[], object]) -> Timer:
    """A timer of the wall time that `work` takes."""

    def run() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return run


def interleave(sides: Mapping[str, Timer], rounds: int = ROUNDS) -> dict[str, float]:
    """The median seconds of each side, which take turns; every other round goes backwards.

    One run of each comes first and does not count: it fills the caches of the file system for all.
    """
    names = list(sides)
    for name in names:
        sides[name]()
    found: dict[str, list[float]] = {name: [] for name in names}
    for position in range(rounds):
        for name in names if position % 2 == 0 else reversed(names):
            found[name].append(sides[name]())
    return {name: median(seconds) for name, seconds in found.items()}


def print_figures(title: str, figures: Sequence[Figure]) -> None:
    """The figures as a table, then one JSON object a line."""
    header = ("bench", "ours", "peer", "unit", "ratio", "goal", "", "n")
    rows = [
        (
            figure.bench,
            f"{figure.ours:.4g}",
            f"{figure.peer:.4g}",
            figure.unit,
            f"{figure.ratio:.2f}",
            "" if figure.goal is None else f">= {figure.goal:g}",
            figure.verdict,
            str(figure.n),
        )
        for figure in figures
    ]
    print_table(title, header, rows)
    print()
    for figure in figures:
        print(figure.as_json(), flush=True)


def print_table(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Rows of texts in columns that are as wide as they need."""
    widths = [max(len(row[position]) for row in (header, *rows)) for position in range(len(header))]
    print(f"\n{title}")
    for row in (header, tuple("-" * width for width in widths), *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
