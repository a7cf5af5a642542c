"""Curves over spine rows and events, each point in a process of its own whose peak memory is read."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import pyarrow.parquet as pq

from tests.benchmarks import datasets, repositories
from tests.benchmarks.handwritten import handwritten_query, open_handwritten
from tests.benchmarks.report import Figure, interleave, timed

_SPINES: Final = (10_000, 30_000, 100_000, 300_000, 1_000_000)
_EVENTS: Final = (1_000_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000)
_ROUNDS: Final = 5
_PATIENCE: Final = 60.0
"""Seconds after which a point has run often enough."""
_MEMORY: Final = 4.0
"""GB that every point must stay within."""


@dataclass(frozen=True)
class Point:
    """What a point's process measured, and its peak memory in GB."""

    measured: dict[str, Any]
    peak: float


def curve_figures() -> list[Figure]:
    """Frames over the spine against the hand-written query; tiles and frames over events against the first point."""
    figures = []
    for rows in _SPINES:
        point = _measure("spine", rows)
        seconds = point.measured
        figures += [
            Figure(f"spine_{_short(rows)}_vs_handwritten", seconds["ours"], seconds["by hand"], "s", _ROUNDS),
            Figure(f"spine_{_short(rows)}_memory", point.peak, _MEMORY, "GB", 1, goal=1.0),
        ]
    first: dict[str, float] = {}
    for rows in _EVENTS:
        point = _measure("events", rows)
        for step in ("tiles", "frame"):
            rate = rows / point.measured[step] / 1e6
            name, unit = f"events_{_short(rows)}_{step}", "M events/s"
            figures.append(
                Figure(name, rate, first.setdefault(step, rate), unit, point.measured["n"], higher_is_better=True)
            )
        figures.append(Figure(f"events_{_short(rows)}_memory", point.peak, _MEMORY, "GB", 1, goal=1.0))
    return figures


def spine_point(rows: int) -> dict[str, Any]:
    """The frame benchmark at another size of spine, from the sources: ours and the hand-written query."""
    folder, references = repositories.latest_repository(f"curve_spine_{rows}")
    store = repositories.applied_store(folder)
    given = pq.read_table(datasets.spine(rows))
    connection, query = open_handwritten(given), handwritten_query()
    return interleave(
        {
            "ours": repositories.frame_timer(store, given, references),
            "by hand": timed(lambda: connection.sql(query).to_arrow_table()),
        },
        _ROUNDS,
    )


def events_point(rows: int) -> dict[str, Any]:
    """Building the tiles of so many events, and a frame of 100,000 rows on them; medians of the runs."""
    view = repositories.windowed_view("view", ("1d", "7d", "28d"))
    given = pq.read_table(datasets.spine(100_000))
    found: dict[str, list[float]] = {"tiles": [], "frame": []}
    begin = time.perf_counter()
    while len(found["tiles"]) < _ROUNDS and (not found["tiles"] or time.perf_counter() - begin < _PATIENCE):
        store = repositories.applied_store(repositories.events_repository(f"curve_events_{rows}", rows, [view]))
        found["tiles"].append(repositories.build_timer(store)())
        found["frame"].append(repositories.frame_timer(store, given, ["view:*"])())
    return {name: median(seconds) for name, seconds in found.items()} | {"n": len(found["tiles"])}


def _measure(curve: str, rows: int) -> Point:
    # Made beforehand: a point's memory is that of its work, not of its data's making.
    _prepare(curve, rows)
    process = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.curves", curve, str(rows)],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise RuntimeError(f"the point {curve} {rows} failed; it printed {process.stdout!r}")
    measured = json.loads(process.stdout)
    return Point(measured, measured.pop("peak"))


def _peak_memory() -> float:
    """This process's own peak in GB; the resource usage of a child would begin with what its parent had at the fork."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e9


def _prepare(curve: str, rows: int) -> None:
    if curve == "spine":
        datasets.spine(rows)
    else:
        datasets.events(rows)


def _short(rows: int) -> str:
    return f"{rows // 1_000_000}m" if rows >= 1_000_000 else f"{rows // 1_000}k"


if __name__ == "__main__":
    point = {"spine": spine_point, "events": events_point}[sys.argv[1]](int(sys.argv[2]))
    print(json.dumps(point | {"peak": _peak_memory()}))
