"""The usage that is made up is the usage that is told."""

from __future__ import annotations

from pathlib import Path

from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from featurestore.use_counts import DAY_MICROSECONDS
from tests.company.counted import DAYS, count_uses
from tests.company.generated import Size, write_company

NOW = "2024-05-01T00:00:00Z"


def test_every_use_that_was_made_up_is_told_of(tmp_path: Path) -> None:
    write_company(tmp_path, Size(teams=3, features=60))
    store = FeatureStore(tmp_path, clock=FixedClock(NOW))
    store.apply()
    made = count_uses(store._context.registry, 3_000, parse_instant(NOW) // DAY_MICROSECONDS)
    assert made.counters >= 3_000
    by_request = dict(zip(made.requests, made.uses.tolist(), strict=True))
    for request, uses in by_request.items():
        if request.service is not None:
            told = store.usage.of(request.service, DAYS)
            assert sum(told.online) + sum(told.training) == uses
    uses_of_columns: dict[str, int] = {}
    for request, uses in by_request.items():
        for column in request.columns:
            reference = f"{column.view}:{column.column}"
            uses_of_columns[reference] = uses_of_columns.get(reference, 0) + uses
    ranked = store.usage.ranking(DAYS).features
    assert {item.reference: item.online + item.training for item in ranked} == uses_of_columns
    most = made.uses.max() / made.uses.sum()
    assert most > 5 / len(made.requests)
