"""A large company's registry: `make bench-registry`, with the numbers of feature columns and of usage counters as its
arguments."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from definitions.columns import column_names
from featurestore import FeatureStore
from featurestore.clock import SystemClock
from featurestore.registry.usage_writer import Counted, Request, UsedColumn, open_usage_writer
from featurestore.use_counts import DAY_MICROSECONDS
from tests.benchmarks.datasets import FOLDER
from tests.company.counted import Use, write_use
from tests.company.generated import Size, write_company

_FEATURES: Final = 50_000
_TEAMS: Final = 500
_ROUNDS: Final = 7
_COUNTERS: Final = 10_000_000
_DAYS: Final = 365


def main() -> None:
    """Print how long people wait: for a search, for one feature, for a plan in which a team adds a view."""
    features = int(sys.argv[1]) if len(sys.argv) > 1 else _FEATURES
    root = _applied(features)
    store = FeatureStore(root)
    store.search("warm")
    find = [
        _seconds(partial(store.search, words)) for words in ("customer amount", "orders web 28d", "returns max") * 3
    ]
    columns = [hit.reference for hit in store.search("sum amount")]
    one = [_seconds(partial(store.search, like=reference)) for reference in columns[:_ROUNDS]]
    feature = [_seconds(partial(store.feature, reference)) for reference in columns[:_ROUNDS]]
    _add_view(root)
    plan = [_seconds(lambda: FeatureStore(root).plan()) for _ in range(3)]
    print(f"{features:,} feature columns, {features // 5:,} views, {_TEAMS} teams")
    print(f"registry_find_50k     {median(find) * 1e3:8.1f} ms  (goal 100)")
    print(f"search by likeness    {median(one) * 1e3:8.1f} ms")
    print(f"registry_feature_50k  {median(feature) * 1e3:8.1f} ms  (goal 100)")
    print(f"registry_plan_50k     {median(plan):8.1f} s   (goal 20)")
    (root / "added.yaml").unlink()
    _measure_usage(root, int(sys.argv[2]) if len(sys.argv) > 2 else _COUNTERS)


def _measure_usage(root: Path, counters: int) -> None:
    """Print how long people wait for usage, and a flush for its turn."""
    today = SystemClock().now() // DAY_MICROSECONDS
    store = FeatureStore(root)
    registry = store._context.registry
    if not (root / f".counted_{counters}").exists():
        took = _seconds(lambda: write_use(registry.usage, store._context.applied(), Use(counters, today)))
        print(f"{counters:,} usage counters written in {took:.0f} s")
        (root / f".counted_{counters}").touch()
    used = [item.reference for item in store.usage.ranking(_DAYS).features]
    services = sorted(store._context.applied().repository.feature_services)
    references = [used[place] for place in (0, 10, 100, 1_000, len(used) // 2)]
    by_reference = [_seconds(partial(store.usage.of, reference)) for reference in references]
    a_year = [_seconds(partial(store.usage.of, reference, _DAYS)) for reference in references]
    by_service = [_seconds(partial(store.usage.of, name)) for name in services[:: max(len(services) // 5, 1)]]
    writer, counted = open_usage_writer(store.configuration.registry), _counted(store, today)
    print(f"{counters:,} usage counters over {_DAYS} days")
    for name, seconds in (
        ("registry_usage_feature", by_reference),
        ("registry_usage_feature_year", a_year),
        ("registry_usage_service", by_service),
        ("registry_usage_ranking", [_seconds(store.usage.ranking) for _ in range(3)]),
        ("registry_usage_ranking_year", [_seconds(partial(store.usage.ranking, _DAYS)) for _ in range(3)]),
        ("registry_usage_flush", [_seconds(partial(writer.add, counted)) for _ in range(5)]),
    ):
        print(f"{name:28} {median(seconds) * 1e3:8.1f} ms, at most {max(seconds) * 1e3:.1f}")


def _counted(store: FeatureStore, today: int) -> list[Counted]:
    """What a process has counted that was asked for a thousand views."""
    views = sorted(store._context.applied().repository.feature_views.items())[:1_000]
    asked = {
        name: tuple(UsedColumn(name, column, "a") for column in sorted(column_names(view))) for name, view in views
    }
    return [Counted(Request(None, columns), "online", today, "bench", 1) for columns in asked.values()]


def _applied(features: int) -> Path:
    """The company's repository, applied; made once."""
    root = FOLDER / f"company_{features}"
    if not (root / ".applied").exists():
        shutil.rmtree(root, ignore_errors=True)
        write_company(root, Size(_TEAMS, features))
        applying = _seconds(lambda: FeatureStore(root).apply())
        indexing = _seconds(lambda: FeatureStore(root).search("first"))
        print(f"first apply {applying:.0f} s, first index {indexing:.0f} s")
        (root / ".applied").touch()
    (root / "added.yaml").unlink(missing_ok=True)
    return root


def _add_view(root: Path) -> None:
    (root / "added.yaml").write_text(
        "team: team_001\nfeature_views:\n  - name: added\n    entity: customer\n    source: orders\n    every: 1d\n"
        "    delay: 1h\n    features:\n      - {name: done, agg: count, where: done, windows: [7d, 28d]}\n"
    )


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
