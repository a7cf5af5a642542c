"""How fast, how sure and how well calibrated checks are: `make bench-quality`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from tests.benchmarks.quality_calibration import calibration_figures
from tests.benchmarks.quality_gate import gate_figures
from tests.benchmarks.quality_gx import pandas_figures, spark_figures
from tests.benchmarks.quality_pass import pass_figures
from tests.benchmarks.report import Figure, print_figures

PARTS: Final[dict[str, Callable[[float], list[Figure]]]] = {
    "quality_vs_ge_pandas": pandas_figures,
    "quality_vs_ge_spark": spark_figures,
    "quality_false_findings": calibration_figures,
    "quality_gate": gate_figures,
    "quality_pass": pass_figures,
}
"""What is measured together, by the name that `--only` takes; each is given the share of all rows."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of all rows")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args()
    figures = []
    for part in chosen.only:
        try:
            figures += PARTS[part](chosen.scale)
        except AssertionError as error:
            print(f"{part}: {error}", file=sys.stderr)
    print_figures("Quality", figures)


if __name__ == "__main__":
    main()
