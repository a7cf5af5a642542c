"""One more day against everything again; and the tiles that a longer window reads."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks import datasets, repositories
from tests.benchmarks.daily_files import DailyFiles
from tests.benchmarks.report import Figure, interleave
from tests.benchmarks.spark_sides import Side, compared_figure, open_side, side_settings

_EVENTS: Final = 50_000_000
_KEYS: Final = 1_000_000
_ROUNDS: Final = 3


def increment_figures(scale: float) -> list[Figure]:
    """A day's file arrives and its tiles are built; then those of all days are built anew."""
    files = DailyFiles("increment", int(_EVENTS * scale / datasets.DAYS), max(1, int(_KEYS * scale)))
    for _ in range(datasets.DAYS):
        files.add_day()
    view = repositories.windowed_view("spending", ("7d", "28d", "90d"))
    sources = {"events": (files.folder / "*.parquet", ["amount"])}
    folder = repositories.write_repository("spark_increment", sources, [view])
    with open_side("spark_store_worker") as store:
        store.do("start", settings=side_settings(store.name))
        sides = {
            name: Side(store, "materialize", {"name": "increment", "full": name == "full"})
            for name in ("full", "increment")
        }

        def build_next_day() -> float:
            files.add_day()
            store.do("open", name="increment", folder=str(folder), now=files.now)
            return sides["increment"]()

        store.do("open", name="increment", folder=str(folder), now=files.now)
        sides["full"]()
        seconds = interleave({"increment": build_next_day, "full": sides["full"]}, _ROUNDS)
        names = ("increment", "full")
        return [compared_figure("spark_increment_vs_full", sides, (seconds, _ROUNDS), names, 10.0)]


def rows_read_figures(scale: float) -> list[Figure]:
    """Rows of tiles behind sums over 90 days and over 7, of every entity at the end of the last day: what a publish
    asks for."""
    keys = max(1, int(_KEYS * scale / 10))
    views = [repositories.windowed_view(f"over_{days}", [f"{days}d"], f"_{days}") for days in (7, 90)]
    folder = repositories.events_repository("spark_rows_read", int(_EVENTS * scale / 10), views, keys)
    spine = datasets.FOLDER / "data" / f"last_day_of_{keys}.parquet"
    everyone = datasets.keyed(np.arange(keys), np.full(keys, datasets.END))
    pq.write_table(pa.table(everyone), spine)
    with open_side("spark_store_worker") as store:
        store.do("start", settings=side_settings(store.name))
        store.do("open", name="rows", folder=str(folder), now=datasets.END * 1_000_000)
        store.do("materialize", name="rows")
        read = {
            days: store.do("tile_rows", name="rows", spine=str(spine), references=[f"over_{days}:*"])["rows"]
            for days in (7, 90)
        }
    return [Figure("spark_increment_rows_90_vs_7", read[90], read[7], "tiles", 1, goal=0.77)]
