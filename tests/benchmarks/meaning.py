"""The planner's choices, exact windows and compacted tiles: `make bench-meaning`."""

from __future__ import annotations

from tests.benchmarks.compacted_year import compacted_year_figures
from tests.benchmarks.exact_frames import exact_figures
from tests.benchmarks.planner_grid import planner_figures
from tests.benchmarks.report import print_figures


def main() -> None:
    print_figures("The meaning of a value", [*compacted_year_figures(), *exact_figures(), *planner_figures()])


if __name__ == "__main__":
    main()
