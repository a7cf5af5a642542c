"""Training frames against Feast's offline stores, a hand-written query and ourselves: `make bench-offline`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from featurestore import FeatureStore
from tests.benchmarks import curves, datasets, repositories
from tests.benchmarks.feast_side import FeastWorker
from tests.benchmarks.handwritten import handwritten_query, open_handwritten
from tests.benchmarks.report import ROUNDS, Figure, Timer, interleave, print_figures, timed

_SPINE: Final = 100_000
_FEAST_STORES: Final = ("duckdb", "dask")
_DASK_ROUNDS: Final = 5
"""Dask takes many times as long as all others together, and its own spread is small."""

_EVENTS: Final = 5_000_000
_SMALL_SPINE: Final = 20_000
_EIGHT_WINDOWS: Final = ("1d", "2d", "3d", "7d", "14d", "28d", "60d", "90d")
_ONE_WINDOW: Final = ("90d",)
_VIEWS: Final = 20


def main() -> None:
    figures = [*frame_figures(), *window_figures(), *view_figures()]
    print_figures("Training frames", figures)
    print_figures("Curves", curves.curve_figures())


def frame_figures() -> list[Figure]:
    """The latest values of three sources: ours from the sources and from tiles, Feast's two stores, by hand."""
    spine = datasets.spine(_SPINE)
    ours, references = _latest_store("latest_from_sources")
    prepared, _ = _latest_store("latest_from_tiles")
    prepared.materialize(publish=False)
    given = pq.read_table(spine)
    connection, query = open_handwritten(given), handwritten_query()

    with FeastWorker() as feast:
        features = {store: feast.open_latest(store) for store in _FEAST_STORES}

        def feast_frame(store: str) -> Timer:
            return lambda: float(
                feast.do("frame", name=store, spine=str(spine), features=features[store])["seconds"]
            )

        def our_frame(store: FeatureStore) -> Callable[[], pa.Table]:
            return lambda: store.get_historical_features(given, references).to_arrow()

        def by_hand() -> pa.Table:
            return connection.sql(query).to_arrow_table()

        _assert_equal("from tiles", our_frame(ours)(), our_frame(prepared)())
        _assert_equal("by hand", our_frame(ours)(), by_hand())
        for store in _FEAST_STORES:
            result = datasets.FOLDER / f"frame_{store}.parquet"
            feast.do("frame", name=store, spine=str(spine), features=features[store], result=str(result))
            _assert_equal(f"Feast {store}", our_frame(ours)(), pq.read_table(result))

        seconds = interleave(
            {
                "ours": timed(our_frame(ours)),
                "tiles": timed(our_frame(prepared)),
                "by hand": timed(by_hand),
                "duckdb": feast_frame("duckdb"),
            }
        )
        seconds |= {"dask": interleave({"dask": feast_frame("dask")}, _DASK_ROUNDS)["dask"]}
    connection.close()
    best = min(seconds[store] for store in _FEAST_STORES)
    return [
        Figure("frame_vs_feast", seconds["ours"], best, "s", ROUNDS, goal=2.5),
        Figure("frame_vs_feast_duckdb", seconds["ours"], seconds["duckdb"], "s", ROUNDS),
        Figure("frame_vs_feast_dask", seconds["ours"], seconds["dask"], "s", _DASK_ROUNDS),
        Figure("frame_vs_handwritten", seconds["ours"], seconds["by hand"], "s", ROUNDS, goal=0.83),
        Figure("frame_from_tiles_vs_feast", seconds["tiles"], best, "s", ROUNDS),
        Figure("frame_from_tiles_vs_handwritten", seconds["tiles"], seconds["by hand"], "s", ROUNDS),
    ]


def window_figures() -> list[Figure]:
    """Eight windows against one, of as long a reach, on the same tiles."""
    views = [
        repositories.windowed_view("eight", _EIGHT_WINDOWS),
        repositories.windowed_view("one", _ONE_WINDOW),
    ]
    store = repositories.open_store(repositories.events_repository("windows", _EVENTS, views))
    store.apply()
    store.materialize(publish=False)
    given = pq.read_table(datasets.spine(_SMALL_SPINE))
    seconds = interleave(
        {
            view: timed(lambda view=view: store.get_historical_features(given, [f"{view}:*"]).to_arrow())
            for view in ("eight", "one")
        }
    )
    return [Figure("windows_8_vs_1", seconds["eight"], seconds["one"], "s", ROUNDS, goal=0.77)]


def view_figures() -> list[Figure]:
    """Twenty views with the same slots against one: the frame, and building the tiles."""
    given = pq.read_table(datasets.spine(_SMALL_SPINE))
    frames: dict[str, Timer] = {}
    builds: dict[str, Timer] = {}
    for count in (1, _VIEWS):
        views = [
            repositories.windowed_view(f"view_{number}", ("7d", "28d"), f"_{number}") for number in range(1, count + 1)
        ]
        references = [f"{view['name']}:*" for view in views]
        folder = repositories.events_repository(f"views_{count}", _EVENTS, views)
        store = repositories.open_store(folder)
        store.apply()
        store.materialize(publish=False)
        frames[str(count)] = timed(
            lambda store=store, references=references: store.get_historical_features(given, references).to_arrow()
        )
        builds[str(count)] = timed(lambda store=store: store.materialize(publish=False, full=True))
    frame, build = interleave(frames), interleave(builds, 5)
    many = str(_VIEWS)
    return [
        Figure("views_20_vs_1", frame[many], frame["1"], "s", ROUNDS, goal=0.5),
        Figure("materialize_20_views_vs_1", build[many], build["1"], "s", 5),
    ]


def _latest_store(name: str) -> tuple[FeatureStore, list[str]]:
    folder, references = repositories.latest_repository(name)
    store = repositories.open_store(folder)
    store.apply()
    return store, references


def _assert_equal(side: str, ours: pa.Table, theirs: pa.Table) -> None:
    """Every row's values are the same, whatever the order of rows and columns.

    Feast's Dask store loses the rows of which any view's value is older than the ttl: it is compared on the others.
    """
    expected, found = (table.sort_by("row") for table in (ours, theirs))
    if side == "Feast dask":
        expected = expected.filter(pc.is_in(expected.column("row"), value_set=found.column("row")))
    for view in range(1, datasets.VIEWS + 1):
        for feature in datasets.latest_features(view):
            left, right = (table.column(feature).combine_chunks() for table in (expected, found))
            if not left.equals(right):
                raise AssertionError(f"{feature} differs between ours from the sources and {side}")


if __name__ == "__main__":
    main()
