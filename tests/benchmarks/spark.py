"""On Spark against peers and ourselves: `make bench-spark`."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.benchmarks.report import Figure, print_figures, print_table
from tests.benchmarks.spark_exact import dense_figures, sparse_figures
from tests.benchmarks.spark_frames import frame_figures, larger_frame_figures
from tests.benchmarks.spark_increment import increment_figures, rows_read_figures
from tests.benchmarks.spark_skew import skew_figures
from tests.benchmarks.spark_windows import window_figures

_GROUPS: Final[dict[tuple[str, ...], Callable[[float], list[Figure]]]] = {
    ("spark_frame_vs_feast", "spark_frame_from_source_vs_feast"): frame_figures,
    ("spark_frame_10m_vs_feast",): larger_frame_figures,
    ("spark_windows_vs_butterfree",): window_figures,
    ("spark_exact_vs_frames_sparse", "spark_exact_from_source_vs_frames_sparse"): sparse_figures,
    ("spark_exact_vs_frames_dense", "spark_exact_from_source_vs_frames_dense"): dense_figures,
    ("spark_increment_vs_full",): increment_figures,
    ("spark_increment_rows_90_vs_7",): rows_read_figures,
    ("spark_skew_vs_rows", "spark_skew_largest_task"): skew_figures,
}
"""What is measured together, by the figures that it gives."""


def main() -> None:
    known = [name for names in _GROUPS for name in names]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of all rows and entities")
    parser.add_argument("--only", nargs="+", choices=known, default=known, metavar="FIGURE", help=", ".join(known))
    chosen = parser.parse_args()
    figures = list(_measure(chosen.scale, chosen.only))
    print_figures("On Spark", figures)
    print_table("What shuffles wrote", ("bench", "ours", "rows", "peer", "rows"), [_moved(item) for item in figures])
    sys.exit(len({figure.bench for figure in figures}) < len(set(chosen.only)))


def _measure(scale: float, only: Sequence[str]) -> Iterator[Figure]:
    """The figures of every group that has one of `only`; a group that fails says so and leaves the others alone."""
    for names, measure in _GROUPS.items():
        if not set(names) & set(only):
            continue
        try:
            for figure in measure(scale):
                print(figure.as_json(), file=sys.stderr, flush=True)
                yield figure
        except (RuntimeError, AssertionError):
            print(f"{', '.join(names)}:", file=sys.stderr)
            traceback.print_exc()


def _moved(figure: Figure) -> tuple[str, ...]:
    moved = [
        written
        for who in ("ours", "peer")
        for written in (
            f"{figure.beside.get(f'{who}_shuffle_bytes', 0) / 1e6:,.1f} MB",
            f"{figure.beside.get(f'{who}_shuffle_records', 0):,.0f}",
        )
    ]
    return (figure.bench, *moved)


if __name__ == "__main__":
    main()
