"""Training frames against Feast's offline stores, a hand-written query and ourselves: `make bench-offline`."""

from __future__ import annotations

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

_EVENTS: Final = 5_000_000
_SMALL_SPINE: Final = 20_000
_EIGHT_WINDOWS: Final = ("1d", "2d", "3d", "7d", "14d", "28d", "60d", "90d")
_ONE_WINDOW: Final = ("90d",)
_VIEWS: Final = 20
_VIEW_WINDOWS: Final = ("7d", "28d")


def main() -> None:
    figures = [*frame_figures(), *window_figures(), *view_figures()]
    print_figures("Training frames", figures)
    print_figures("Curves", curves.curve_figures())


def frame_figures() -> list[Figure]:
    """The latest values of three sources: ours from the sources and from tiles, Feast's two stores, by hand."""
    spine = datasets.spine(_SPINE)
    given = pq.read_table(spine)
    ours, references = _latest_store("latest_from_sources")
    prepared, _ = _latest_store("latest_from_tiles")
    prepared.materialize(publish=False)
    connection, query = open_handwritten(given), handwritten_query()
    with FeastWorker() as feast:
        features = {store: feast.open_latest(store) for store in _FEAST_STORES}
        expected = ours.get_historical_features(given, references).to_arrow()
        _assert_equal("from tiles", expected, prepared.get_historical_features(given, references).to_arrow())
        _assert_equal("by hand", expected, connection.sql(query).to_arrow_table())
        for store in _FEAST_STORES:
            result = datasets.FOLDER / f"frame_{store}.parquet"
            feast.do("frame", name=store, spine=str(spine), features=features[store], result=str(result))
            _assert_equal(store, expected, pq.read_table(result))
        seconds = interleave(
            {
                "ours": repositories.frame_timer(ours, given, references),
                "tiles": repositories.frame_timer(prepared, given, references),
                "by hand": timed(lambda: connection.sql(query).to_arrow_table()),
            }
            | {store: feast.frame_timer(store, spine, features[store]) for store in _FEAST_STORES}
        )
    connection.close()
    best = min(seconds[store] for store in _FEAST_STORES)
    return [
        Figure("frame_vs_feast", seconds["ours"], best, "s", ROUNDS, goal=2.5),
        Figure("frame_vs_feast_duckdb", seconds["ours"], seconds["duckdb"], "s", ROUNDS),
        Figure("frame_vs_feast_dask", seconds["ours"], seconds["dask"], "s", ROUNDS),
        Figure("frame_vs_handwritten", seconds["ours"], seconds["by hand"], "s", ROUNDS, goal=0.83),
        Figure("frame_from_tiles_vs_feast", seconds["tiles"], best, "s", ROUNDS),
        Figure("frame_from_tiles_vs_handwritten", seconds["tiles"], seconds["by hand"], "s", ROUNDS),
    ]


def window_figures() -> list[Figure]:
    """Eight windows against one, of as long a reach, on the same tiles."""
    views = [repositories.windowed_view("eight", _EIGHT_WINDOWS), repositories.windowed_view("one", _ONE_WINDOW)]
    store = repositories.applied_store(repositories.events_repository("windows", _EVENTS, views))
    store.materialize(publish=False)
    given = pq.read_table(datasets.spine(_SMALL_SPINE))
    seconds = interleave({view: repositories.frame_timer(store, given, [f"{view}:*"]) for view in ("eight", "one")})
    return [Figure("windows_8_vs_1", seconds["eight"], seconds["one"], "s", ROUNDS, goal=0.77)]


def view_figures() -> list[Figure]:
    """Twenty views with the same slots against one: the frame, and building the tiles."""
    given = pq.read_table(datasets.spine(_SMALL_SPINE))
    frames: dict[str, Timer] = {}
    builds: dict[str, Timer] = {}
    for count in (1, _VIEWS):
        numbers = range(1, count + 1)
        views = [repositories.windowed_view(f"view_{number}", _VIEW_WINDOWS, f"_{number}") for number in numbers]
        store = repositories.applied_store(repositories.events_repository(f"views_{count}", _EVENTS, views))
        store.materialize(publish=False)
        frames[str(count)] = repositories.frame_timer(store, given, [f"{view['name']}:*" for view in views])
        builds[str(count)] = repositories.build_timer(store)
    frame, build = interleave(frames), interleave(builds)
    many = str(_VIEWS)
    return [
        Figure("views_20_vs_1", frame[many], frame["1"], "s", ROUNDS, goal=0.5),
        Figure("materialize_20_views_vs_1", build[many], build["1"], "s", ROUNDS),
    ]


def _latest_store(name: str) -> tuple[FeatureStore, list[str]]:
    folder, references = repositories.latest_repository(name)
    return repositories.applied_store(folder), references


def _assert_equal(side: str, ours: pa.Table, theirs: pa.Table) -> None:
    """Every row's values are the same, whatever the order of rows and columns.

    Feast's Dask store loses the rows of which any view's value is older than the ttl: it is compared on the others.
    """
    expected, found = (table.sort_by("row") for table in (ours, theirs))
    if side == "dask":
        expected = expected.filter(pc.is_in(expected.column("row"), value_set=found.column("row")))
    for view in range(1, datasets.VIEWS + 1):
        for feature in datasets.latest_features(view):
            left, right = (table.column(feature).combine_chunks() for table in (expected, found))
            if not left.equals(right):
                raise AssertionError(f"{feature} differs between ours from the sources and {side}")


if __name__ == "__main__":
    main()
