"""`store.usage`: what was looked up and fetched, by day, service, model and principal; of one feature or of all."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from definitions.errors import RequestError
from featurestore import FeatureStore
from featurestore.registry.registry import Registry
from featurestore.registry.usage_writer import Counted, Request, UsedColumn
from featurestore.usage_picture import sparkline
from tests.journeys.shop import ONE_VIEW, Shop, frame, online, published_shop

SERVICES = (
    ONE_VIEW
    + """\
feature_services:
  - {name: next_order, features: ["customer_daily:*"]}
  - {name: spending, features: ["customer_daily:spent_7d"]}
"""
)
NOW = "2024-04-02"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_shop(tmp_path_factory.mktemp("published"), SERVICES, NOW)


@pytest.fixture
def shop(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "ann")
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    return Shop(tmp_path, SERVICES)


@pytest.fixture
def store(shop: Shop) -> FeatureStore:
    return shop.store(NOW)


def _uses(store: FeatureStore, reference: str) -> tuple[int, int]:
    found = store.usage.of(reference)
    return sum(found.online), sum(found.training)


def _register(registry: Registry) -> Counter[str]:
    """Random uses of two columns over a year, by day: the oracle."""
    chance, expected = random.Random(7), Counter[str]()
    for _ in range(300):
        day, number = chance.randrange(19_000, 19_400), chance.randrange(1, 50)
        columns = chance.choice([("a",), ("b",), ("a", "b")])
        who, kind = chance.choice(["ann", "bob"]), chance.choice(["online", "training"])
        request = Request(chance.choice(["s", None]), tuple(UsedColumn("v", name, "f") for name in columns))
        registry.usage.add([Counted(request, kind, day, who, number)])
        for name in columns:
            expected[f"{name} {who} {kind}"] += number
    return expected


def test_look_ups_by_service_and_by_reference_are_counted_for_their_columns_alone(store: FeatureStore) -> None:
    rows = [{"customer": "ann"}, {"customer": "bob"}]
    for _ in range(3):
        store.get_online_features("next_order", rows)
    store.get_online_features("spending", rows)
    store.get_online_features(["customer_daily:spent_7d", "customer_daily:note"], rows)
    assert _uses(store, "customer_daily:spent_7d") == (5, 0)
    assert _uses(store, "customer_daily:note") == (4, 0)
    assert _uses(store, "customer_daily:spent_60d") == (3, 0)
    assert _uses(store, "customer_daily") == _uses(store, "customer_daily:*") == (5, 0)
    assert _uses(store, "spending") == (1, 0)


def test_a_training_frame_is_a_fetch_once_its_values_are_computed(shop: Shop, store: FeatureStore) -> None:
    frame(store, "customer_daily", ["ann"], NOW)
    as_of = store.get_features_as_of(NOW, "spending")
    as_of.explain()
    assert _uses(store, "spending") == (0, 0)
    as_of.to_arrow()
    as_of.to_pandas()
    assert _uses(store, "spending") == (0, 1)
    assert _uses(store, "customer_daily:spent_7d") == (0, 2)
    assert _uses(store, "customer_daily:note") == (0, 1)


def test_a_look_up_that_fails_is_no_use(store: FeatureStore) -> None:
    with pytest.raises(RequestError):
        store.get_online_features("spending", [{"nobody": 1}])
    assert _uses(store, "spending") == (0, 0)


def test_a_registry_that_is_away_at_a_flush_troubles_no_look_up(
    shop: Shop, store: FeatureStore, caplog: pytest.LogCaptureFixture
) -> None:
    online(store, "customer_daily", ["ann"])
    registry = shop.folder / ".featurestore" / "registry.db"
    registry.rename(registry.with_suffix(".away"))
    assert not store._opened.counts.flush()
    online(store, "customer_daily", ["ann"])
    registry.with_suffix(".away").rename(registry)
    assert _uses(store, "customer_daily") == (2, 0)
    assert len(caplog.records) == 1


def test_versions_are_told_apart_and_count_together(shop: Shop, store: FeatureStore) -> None:
    online(store, "customer_daily", ["ann"])
    assert _uses(store, "customer_daily@1") == (1, 0)
    shop.change(("delay: 1h", "delay: 2h"))
    later = shop.applied(NOW)
    frame(later, "customer_daily", ["ann"], NOW)
    assert _uses(later, "customer_daily@1") == (1, 0)
    assert _uses(later, "customer_daily@2:spent_7d") == (0, 1)
    assert _uses(later, "customer_daily:spent_7d") == (1, 1)


def test_usage_is_told_by_day_service_model_and_principal(
    shop: Shop, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.bind_model("churn", "next_order", "7", owner="bob", stage="production")
    for _ in range(9):
        store.get_online_features("next_order", [{"customer": "ann"}])
    store.usage.of("next_order")
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "bob")
    later = shop.store("2024-04-04")
    later.get_online_features("spending", [{"customer": "ann"}])
    frame(later, "customer_daily", ["ann"], NOW)
    found = later.usage.of("customer_daily:spent_7d", days=5)
    assert repr(found) == (
        "customer_daily:spent_7d: the 5 days from 2024-03-31 on\n"
        "  online    ··█·▁  10 look-ups\n"
        "  training  ····█  1 fetch\n"
        "  feature services\n"
        "    next_order  9 look-ups\n"
        "    spending    1 look-up\n"
        "  models\n"
        "    churn 7 (production, owner bob)\n"
        "  people\n"
        "    ann  9 look-ups, last on 2024-04-02\n"
        "    bob  1 look-up, 1 fetch, last on 2024-04-04"
    )
    document = found.to_dict()
    assert (document["online"], document["training"]) == (10, 1)
    assert document["days"][2] == {"day": "2024-04-02", "online": 9, "training": 0}
    assert document["models"][0]["views"] == ["customer_daily@1"]


def test_what_nobody_uses_says_so_and_names_the_services_that_have_it(store: FeatureStore) -> None:
    assert repr(store.usage.of("customer_daily:note", days=1)) == (
        "customer_daily:note: the 1 day from 2024-04-02 on\n"
        "  online    ·  0 look-ups\n"
        "  training  ·  0 fetches\n"
        "  feature services\n"
        "    next_order  no use"
    )


def test_all_features_are_ranked_by_use(store: FeatureStore) -> None:
    for _ in range(2):
        store.get_online_features("spending", [{"customer": "ann"}])
    store.bind_model("churn", ["customer_daily:note"])
    assert repr(store.usage.ranking(days=7)) == (
        "feature column            look-ups   fetches   models\n"
        "customer_daily:spent_7d          2         0        0\n"
        "customer_daily:note              0         0        1\n"
        "nobody used 6 feature columns in 7 days"
    )


def test_unknown_names_suggest_the_nearest(store: FeatureStore) -> None:
    for reference, said in (
        ("spendin", "did you mean 'spending'"),
        ("customer_daly:note", "there is no feature service or view 'customer_daly'"),
        ("customer_daily:nte", "has no column 'nte'; did you mean 'note'"),
        ("customer_daily@9", "has no version 9"),
        ("customer_daily@x", "names no version"),
    ):
        with pytest.raises(RequestError, match=said):
            store.usage.of(reference)
    with pytest.raises(RequestError, match="1 day or more"):
        store.usage.of("spending", days=0)


def test_uses_of_days_long_past_are_added_up_by_month_without_losing_one(tmp_path: Path) -> None:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    expected = _register(registry)

    def counted() -> Counter[str]:
        found = Counter[str]()
        for name in ("a", "b"):
            for item in registry.usage.of_features("v", name, None, 0):
                found[f"{name} {item.principal} {item.kind}"] += item.number
        return found

    assert counted() == expected
    before = (date(2022, 12, 15) - date(1970, 1, 1)).days
    assert registry.usage.roll_up(before) > 100
    assert counted() == expected
    days = {date.fromordinal(719_163 + item.day) for item in registry.usage.of_features("v", "a", None, 0)}
    assert all(day.day == 1 for day in days if day < date(2022, 12, 1))
    assert any(day.day != 1 for day in days if day >= date(2022, 12, 1))
    assert registry.usage.roll_up(before) == 0


def test_the_usage_of_one_feature_is_found_by_an_index(tmp_path: Path) -> None:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.db")
    statement = (
        "EXPLAIN QUERY PLAN SELECT c.day FROM usage_counts c JOIN usage_requests r ON r.id = c.request_id "
        "WHERE r.id IN (SELECT request_id FROM usage_columns WHERE view = 'v' AND feature_column = 'c') AND c.day >= 5"
    )
    with registry.engine.connect() as connection:
        steps = [str(row[3]) for row in connection.exec_driver_sql(statement)]
    assert not any(step.startswith("SCAN") for step in steps), steps


def test_bars_are_in_proportion_and_a_day_without_use_is_a_dot() -> None:
    assert sparkline([0, 1, 4, 8]) == "·▁▄█"
    assert sparkline([0, 0]) == "··"
    assert sparkline([1_000_000, 1]) == "█▁"
