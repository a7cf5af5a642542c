"""A large company's registry: `make bench-registry`, with the numbers of feature columns and of counters of uses."""

from __future__ import annotations

import shutil
import sys
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.registry_usage import COUNTERS, measure_usage
from tests.benchmarks.stopwatch import seconds

from featurestore import FeatureStore
from tests.benchmarks.datasets import FOLDER
from tests.company.generated import Size, write_company

_FEATURES: Final = 50_000
_TEAMS: Final = 500
_ROUNDS: Final = 7


def main() -> None:
    """Print how long people wait: for a search, for one feature, for a plan in which a team adds a view, for usage."""
    features, counters = (*map(int, sys.argv[1:]), *(_FEATURES, COUNTERS)[len(sys.argv) - 1 :])
    root = _applied(features)
    store = FeatureStore(root)
    store.search("warm")
    find = [seconds(partial(store.search, words)) for words in ("customer amount", "orders web 28d", "returns max") * 3]
    columns = [hit.reference for hit in store.search("sum amount")]
    one = [seconds(partial(store.search, like=reference)) for reference in columns[:_ROUNDS]]
    feature = [seconds(partial(store.feature, reference)) for reference in columns[:_ROUNDS]]
    _add_view(root)
    plan = [seconds(lambda: FeatureStore(root).plan()) for _ in range(3)]
    print(f"{features:,} feature columns, {features // 5:,} views, {_TEAMS} teams")
    print(f"registry_find_50k     {median(find) * 1e3:8.1f} ms  (goal 100)")
    print(f"search by likeness    {median(one) * 1e3:8.1f} ms")
    print(f"registry_feature_50k  {median(feature) * 1e3:8.1f} ms  (goal 100)")
    print(f"registry_plan_50k     {median(plan):8.1f} s   (goal 20)")
    print(f"{counters:,} counters of uses")
    for line in measure_usage(root, counters):
        print(line)


def _applied(features: int) -> Path:
    """The company's repository, applied; made once."""
    root = FOLDER / f"company_{features}"
    if not (root / ".applied").exists():
        shutil.rmtree(root, ignore_errors=True)
        write_company(root, Size(_TEAMS, features))
        applying = seconds(lambda: FeatureStore(root).apply())
        indexing = seconds(lambda: FeatureStore(root).search("first"))
        print(f"first apply {applying:.0f} s, first index {indexing:.0f} s")
        (root / ".applied").touch()
    (root / "added.yaml").unlink(missing_ok=True)
    return root


def _add_view(root: Path) -> None:
    (root / "added.yaml").write_text(
        "team: team_001\nfeature_views:\n  - name: added\n    entity: customer\n    source: orders\n    every: 1d\n"
        "    delay: 1h\n    features:\n      - {name: done, agg: count, where: done, windows: [7d, 28d]}\n"
    )


if __name__ == "__main__":
    main()
