"""Online rows in HBase against a plain connection, Feast and ourselves: `make bench-hbase`."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from definitions.errors import FeatureStoreError
from online_hbase.site import Site
from tests.benchmarks import datasets, hbase_threads
from tests.benchmarks.hbase_bulk import ON_DISK, PARTS, bulk_figures
from tests.benchmarks.hbase_feast import feast_figures
from tests.benchmarks.hbase_raw import raw_figures
from tests.benchmarks.report import Figure, print_figures, print_table
from tests.online_hbase.servers import started

_GROUPS: Final[dict[tuple[str, ...], Callable[[Site, float], list[Figure]]]] = {
    ("hbase_batch_vs_raw_1", "hbase_batch_vs_raw_5"): raw_figures,
    ("hbase_batch_vs_feast_1", "hbase_batch_vs_feast_5"): feast_figures,
    tuple(hbase_threads.FIGURES): hbase_threads.thread_figures,
    ("hbase_bulk_vs_thrift",): bulk_figures,
}
"""What is measured together, by the figures that it gives."""

_JAVA: Final = "-XX:TieredStopAtLevel=4 -Xmx4g"
"""What a server that stays has, other than one that is started to try things: all of Java's compiler, and memory."""


def main() -> None:
    known = [name for names in _GROUPS for name in names]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of all rows, entities and seconds")
    parser.add_argument("--only", nargs="+", choices=known, default=known, metavar="FIGURE", help=", ".join(known))
    chosen = parser.parse_args()
    folder = datasets.FOLDER / "hbase"
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["_JAVA_OPTIONS"] = _JAVA
    with started(folder) as site:
        figures = list(_measure(site, chosen.scale, chosen.only))
        # Objects of Java that Python forgets later would be told so to a gateway that is gone.
        gc.collect()
    print_figures("On HBase", figures)
    _print_beside("Look-ups by threads", figures, tuple(hbase_threads.QUANTILES), 2)
    _print_beside("Rows a second of each part, and bytes a row on disk", figures, (*PARTS, ON_DISK), 0)
    sys.exit(len({figure.bench for figure in figures}) < len(set(chosen.only)))


def _measure(site: Site, scale: float, only: Sequence[str]) -> Iterator[Figure]:
    """The figures of every group that has one of `only`; a group that fails says so and leaves the others alone."""
    for names, measure in _GROUPS.items():
        if not set(names) & set(only):
            continue
        try:
            for figure in measure(site, scale):
                print(figure.as_json(), file=sys.stderr, flush=True)
                yield figure
        except (RuntimeError, AssertionError, FeatureStoreError):
            print(f"{', '.join(names)}:", file=sys.stderr)
            traceback.print_exc()


def _print_beside(title: str, figures: Sequence[Figure], names: tuple[str, ...], digits: int) -> None:
    """What stands beside those figures that have it."""
    rows = [
        (figure.bench, f"{figure.ours:,.0f} {figure.unit}", *(f"{figure.beside[name]:,.{digits}f}" for name in names))
        for figure in figures
        if set(names) <= set(figure.beside)
    ]
    if rows:
        print_table(title, ("bench", "ours", *names), rows)


if __name__ == "__main__":
    main()
