"""A company's made-up use: what was made up is what the store tells."""

from __future__ import annotations

from collections import Counter

import pytest

from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.registry.usage_writer import Counted, open_usage_writer
from featurestore.resolve import Applied
from featurestore.use_counts import DAY_MICROSECONDS
from tests.company.counted import Use, made_up_use, write_use
from tests.company.generated import Size, write_company

LAST_DAY = 20_000
USE = Use(counters=2_000, last_day=LAST_DAY, days=60)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    """A company of four teams, and its use."""
    root = tmp_path_factory.mktemp("company")
    write_company(root, Size(teams=4, features=60))
    store = FeatureStore(root, clock=FixedClock(LAST_DAY * DAY_MICROSECONDS))
    store.apply()
    write_use(open_usage_writer(store.configuration.registry), _applied(store), USE)
    return store


def _applied(store: FeatureStore) -> Applied:
    return store._context.applied()


def _by_column(counted: list[Counted]) -> Counter[str]:
    uses = Counter[str]()
    for item in counted:
        for column in item.request.columns:
            uses[f"{column.view}:{column.column}"] += item.number
    return uses


def test_the_store_tells_what_was_made_up_of_every_column_and_service(store: FeatureStore) -> None:
    counted = list(made_up_use(_applied(store), USE))
    for days in (1, 30, 60):
        since = LAST_DAY - days + 1
        expected = _by_column([item for item in counted if item.day >= since])
        told = {item.reference: item.online + item.training for item in store.usage.ranking(days).features}
        assert {reference: number for reference, number in told.items() if number} == expected
        for reference, number in expected.most_common(5):
            found = store.usage.of(reference, days)
            assert sum(found.online) + sum(found.training) == number
        for service in _applied(store).repository.feature_services:
            mine = [item for item in counted if item.request.service == service and item.day >= since]
            found = store.usage.of(service, days)
            assert sum(found.online) + sum(found.training) == sum(item.number for item in mine)
            assert {person.principal for person in found.people} == {item.principal for item in mine}


def test_the_same_seed_makes_up_the_same_use_and_each_counter_once(store: FeatureStore) -> None:
    counted = list(made_up_use(_applied(store), USE))
    assert counted == list(made_up_use(_applied(store), USE))
    assert counted != list(made_up_use(_applied(store), USE, seed=2))
    assert len({item[:4] for item in counted}) == len(counted)
    assert {item.day for item in counted} == set(range(LAST_DAY - 59, LAST_DAY + 1))


def test_few_columns_have_most_uses(store: FeatureStore) -> None:
    uses = [number for _, number in _by_column(list(made_up_use(_applied(store), USE))).most_common()]
    assert sum(uses[: len(uses) // 5]) > sum(uses) / 2
