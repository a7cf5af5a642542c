"""Tiles and a frame over up to a billion events, on Spark and on DuckDB: `make bench-billion`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from tests.benchmarks import billion_data
from tests.benchmarks.billion_step import engine_folder, frame_file
from tests.benchmarks.report import Figure, print_figures, print_table
from tests.benchmarks.watching import watch

_SIZES: Final = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
_ENGINES: Final = ("spark", "duckdb")
_STEPS: Final = ("tiles", "frame")
_LIMIT: Final = 5_400.0
_MEMORY: Final = 16 * 2**30
_DISK: Final = 60e9

Result = dict[str, Any]
"""One line of the results: what a step took, and how it ended."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=_SIZES, help="the sizes, smallest first")
    parser.add_argument("--engines", nargs="+", choices=_ENGINES, default=_ENGINES)
    parser.add_argument("--limit", type=float, default=_LIMIT, help="seconds that a step may take")
    chosen = parser.parse_args()
    run_steps(chosen.rows, chosen.engines, chosen.limit)
    results = [item for item in _results() if item["rows"] in chosen.rows]
    print_figures("A billion events", list(_figures(results)))
    header = ("rows", "engine", "step", "s", "M rows/s", "shuffled GB", "memory GB", "disk GB", "outcome")
    print_table("Steps", header, [_row(item) for item in results])


def run_steps(sizes: Sequence[int], engines: Sequence[str], limit: float) -> None:
    """Every step that has no result yet; an engine goes no further than the first step that it does not finish."""
    for rows in sizes:
        if not _done("data", "generate", rows, limit):
            return
        able = [engine for engine in engines if _is_able(engine)]
        for engine in able:
            all(_done(engine, step, rows, limit) for step in _STEPS)
        frames = [frame_file(engine, rows) for engine in _ENGINES]
        if all(frame.exists() for frame in frames) and _found("both", "compare", rows) is None:
            left, right = (pq.read_table(frame) for frame in frames)
            # Column by column: the engines do not agree on what can never be null.
            same = left.column_names == right.column_names and left.columns == right.columns
            _keep({"rows": rows, "engine": "both", "step": "compare", "outcome": "equal" if same else "DIFFER"})


def _done(engine: str, step: str, rows: int, limit: float) -> bool:
    """Whether a step finished, now or in an earlier run."""
    result = _found(engine, step, rows)
    if result is None:
        print(f"{rows:,} rows: {engine} {step}", file=sys.stderr, flush=True)
        result = _measured(engine, step, rows, limit)
        _keep(result)
    return bool(result["outcome"] == "finished")


def _measured(engine: str, step: str, rows: int, limit: float) -> Result:
    command = [sys.executable, "-m", "tests.benchmarks.billion_step", engine, step, str(rows)]
    folders = [billion_data.events_folder(rows), engine_folder(engine, rows)]
    _file().parent.mkdir(parents=True, exist_ok=True)
    with (_file().parent / f"{rows}_{engine}_{step}.log").open("w") as log:
        watched = watch(command, limit, folders, log)
    cost = json.loads(watched.printed) if watched.finished else {}
    result = {"rows": rows, "engine": engine, "step": step, "outcome": watched.outcome, **cost}
    if watched.finished:
        result["rows_per_second"] = rows / cost["seconds"]
    return result | {"peak_memory": watched.memory, "peak_disk": watched.disk}


def _is_able(engine: str) -> bool:
    return all(item["outcome"] == "finished" for item in _results() if item["engine"] == engine)


def _found(engine: str, step: str, rows: int) -> Result | None:
    key = (engine, step, rows)
    return next((item for item in _results() if (item["engine"], item["step"], item["rows"]) == key), None)


def _results() -> list[Result]:
    if not _file().exists():
        return []
    return [json.loads(line) for line in _file().read_text(encoding="utf-8").splitlines()]


def _keep(result: Result) -> None:
    with _file().open("a", encoding="utf-8") as results:
        results.write(json.dumps(result) + "\n")


def _file() -> Path:
    return billion_data.size_folder(0).parent / "results.jsonl"


def _figures(results: Sequence[Result]) -> Iterator[Figure]:
    """What Spark needs at each size, against what there may be."""
    for rows in sorted({item["rows"] for item in results}):
        steps = [item for item in results if item["rows"] == rows and item["engine"] == "spark"]
        if len(steps) == len(_STEPS) and all(item["outcome"] == "finished" for item in steps):
            for name, most in (("memory", _MEMORY), ("disk", _DISK)):
                peak = max(item[f"peak_{name}"] for item in steps)
                yield Figure(f"billion_{rows}_{name}", peak / 1e9, most / 1e9, "GB", 1, goal=1.0)


def _row(result: Result) -> tuple[str, ...]:
    def shown(name: str, unit: float) -> str:
        return f"{result[name] / unit:,.2f}" if name in result else ""

    return (
        f"{result['rows']:,}",
        result["engine"],
        result["step"],
        shown("seconds", 1),
        shown("rows_per_second", 1e6),
        shown("bytes", 1e9),
        shown("peak_memory", 1e9),
        shown("peak_disk", 1e9),
        result["outcome"],
    )


if __name__ == "__main__":
    main()
