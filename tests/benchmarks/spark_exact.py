"""Windows of exact views against range frames in plain Spark."""

from __future__ import annotations

from functools import partial
from typing import Final

from tests.benchmarks import datasets, repositories
from tests.benchmarks.report import Figure
from tests.benchmarks.spark_sides import Side, assert_same, compared_figure, open_side, side_settings, time_sides

_EVENTS: Final = 2_000_000
_SPINE: Final = 200_000
_DAYS: Final = (1, 7, 30, 90)
_KEYS: Final = {"sparse": 100_000, "dense": 1_000}
_GOALS: Final = {"sparse": {"tiles": 2.0, "source": 1.0}, "dense": {"tiles": 15.0, "source": 7.0}}
_NAMES: Final = {"tiles": "spark_exact_vs_frames", "source": "spark_exact_from_source_vs_frames"}


def _figures(density: str, scale: float) -> list[Figure]:
    keys = max(1, int(_KEYS[density] * scale))
    events, spine = datasets.events(int(_EVENTS * scale), keys), datasets.spine(int(_SPINE * scale), keys)
    windows = [f"{days}d" for days in _DAYS]
    view = repositories.windowed_view("exact", windows) | {"every": "exact"}
    with open_side("spark_store_worker") as store, open_side("spark_by_hand_worker") as by_hand:
        for worker in (store, by_hand):
            worker.do("start", settings=side_settings(worker.name))
        sides = {}
        for name in _NAMES:
            folder = repositories.write_repository(f"spark_exact_{name}", {"events": (events, ["amount"])}, [view])
            store.do("open", name=name, folder=str(folder), now=datasets.END * 1_000_000)
            sides[name] = Side(store, "frame", {"name": name, "spine": str(spine), "references": ["exact:*"]})
        store.do("materialize", name="tiles")
        sides["by hand"] = Side(by_hand, "frame", {"events": str(events), "spine": str(spine), "days": _DAYS})
        theirs = sides["by hand"].rows()
        columns = {name: name for window in windows for name in (f"events_{window}", f"amount_{window}")}
        for name in _NAMES:
            assert_same(sides[name].rows(), theirs, ["row"], columns)
        timed = time_sides(sides)
        return [
            compared_figure(f"{bench}_{density}", sides, timed, (name, "by hand"), _GOALS[density][name])
            for name, bench in _NAMES.items()
        ]


sparse_figures: Final = partial(_figures, "sparse")
dense_figures: Final = partial(_figures, "dense")
