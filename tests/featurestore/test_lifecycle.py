"""Lifecycles: deprecated is said once, brown-outs and what is retired are refused, what is in use is not taken away."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from definitions.errors import RequestError
from featurestore import FeatureStore, lifecycle
from featurestore.clock import parse_instant
from tests.journeys.shop import ONE_VIEW, Shop, frame, online, order, published_shop

NOW = "2024-04-02"
SERVICES = (
    ONE_VIEW
    + """\
feature_services:
  - {name: next_order, features: ["customer_daily:*"]}
"""
)
ACTIVE = "    delay: 1h\n"
RETIRED = ACTIVE + "    lifecycle: {state: retired, successor: customer_weekly}\n"
DEPRECATED = ACTIVE + "    lifecycle: {state: deprecated, until: 2024-12-31, successor: customer_weekly}\n"
BROWNED_OUT = DEPRECATED.replace("weekly}", "weekly, brownouts: [{at: 2024-05-01T09:00:00, minutes: 10}]}")
SPENT = "{name: spent, agg: sum, of: amount, windows: [7d, 60d]}"
SPENT_OTHERWISE = SPENT.replace("of: amount", "of: amount * 2")
VERSION_2 = ACTIVE + "    version: 2\n"


@pytest.fixture
def as_principal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda name: monkeypatch.setenv("FEATURESTORE_PRINCIPAL", name)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_shop(tmp_path_factory.mktemp("published"), SERVICES, NOW)


@pytest.fixture
def shop(published: Path, tmp_path: Path, as_principal: Callable[[str], None]) -> Shop:
    as_principal("author")
    lifecycle._SAID.clear()
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    return Shop(tmp_path, SERVICES)


def _look_up(shop: Shop, features: str | list[str] = "next_order", now: str = NOW) -> dict[str, Any]:
    """A look-up in a process of its own, as far as the registry is concerned."""
    store = shop.store(now)
    found = store.get_online_features(features, [{"customer": "ann"}]).to_dict()
    assert store._opened.counts.flush()
    return found


def _spine() -> pa.Table:
    instants = pa.array([parse_instant(NOW)], pa.timestamp("us", tz="UTC"))
    return pa.table({"customer": ["ann"], "event_timestamp": instants})


def _said(call: Callable[[], object]) -> list[str]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        call()
    return [str(item.message) for item in found]


def test_what_is_deprecated_is_said_once_with_its_last_day_and_its_successor(shop: Shop) -> None:
    shop.change((ACTIVE, DEPRECATED))
    store = shop.applied(NOW)
    expected = "feature view 'customer_daily' is deprecated and there until 2024-12-31; use customer_weekly instead"
    assert _said(lambda: online(store, "customer_daily", ["ann"])) == [expected]
    assert _said(lambda: _look_up(shop)) == []
    lifecycle._SAID.clear()
    assert _said(lambda: frame(store, "customer_daily", ["ann"], NOW)) == [expected]
    assert _said(lambda: store.get_features_as_of(NOW, "next_order")) == []


def test_a_service_is_deprecated_whatever_its_views_are(shop: Shop) -> None:
    shop.change(("{name: next_order,", "{name: next_order, lifecycle: {state: deprecated, until: 2024-12-31},"))
    shop.applied(NOW)
    assert _said(lambda: _look_up(shop)) == ["feature service 'next_order' is deprecated and there until 2024-12-31"]
    assert _said(lambda: _look_up(shop, ["customer_daily:*"])) == []


def test_a_look_up_that_runs_on_hears_of_a_lifecycle_that_is_applied_meanwhile(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("featurestore.revision_poll.POLL_SECONDS", 0.0)
    store = shop.store(NOW)
    assert _said(lambda: online(store, "customer_daily", ["ann"])) == []
    shop.change((ACTIVE, DEPRECATED))
    shop.applied(NOW)
    assert len(_said(lambda: online(store, "customer_daily", ["ann"]))) == 1


def test_a_brown_out_is_announced_and_refuses_while_it_lasts(shop: Shop) -> None:
    shop.change((ACTIVE, BROWNED_OUT))
    shop.applied(NOW)
    (said,) = _said(lambda: _look_up(shop, now="2024-04-30"))
    assert said.endswith("; it will be switched off from 2024-05-01T09:00:00Z to 2024-05-01T09:10:00Z")
    for now in ("2024-05-01T09:00:00", "2024-05-01T09:09:59"):
        for fetch in (
            lambda now=now: _look_up(shop, now=now),
            lambda now=now: frame(shop.store(now), "customer_daily", ["ann"], NOW),
        ):
            with pytest.raises(RequestError, match="switched off up to 2024-05-01T09:10:00Z, as announced"):
                fetch()
    for now in ("2024-05-01T08:59:59", "2024-05-01T09:10:00"):
        assert _look_up(shop, now=now)["spent_60d"] == [2.5]


def test_what_is_retired_is_refused_with_its_successor_named(shop: Shop) -> None:
    shop.change((ACTIVE, RETIRED))
    store = shop.applied(NOW)
    for fetch in (
        lambda: _look_up(shop),
        lambda: _look_up(shop, ["customer_daily:note"]),
        lambda: frame(store, "customer_daily", ["ann"], NOW),
        lambda: store.get_features_as_of(NOW, "next_order"),
        lambda: store.bind_model("churn", "next_order"),
    ):
        with pytest.raises(RequestError, match="'customer_daily' is retired; use customer_weekly instead"):
            fetch()
    assert store.materialize("2024-04-03").published == ()


def test_what_was_looked_up_is_not_retired_until_a_while_has_passed(shop: Shop) -> None:
    _look_up(shop)
    shop.change((ACTIVE, RETIRED))
    (obstacle,) = shop.store(NOW).plan().obstacles
    assert "1 look-up by author in 30 days" in obstacle
    with pytest.raises(RequestError, match=r'cannot be retired: it is in use .*retire customer_daily --force "REASON"'):
        shop.applied("2024-05-02")
    assert _look_up(shop, now=NOW)
    assert shop.applied("2024-05-04").plan().obstacles == ()
    with pytest.raises(RequestError, match="retired"):
        _look_up(shop)


def test_a_clock_that_went_back_does_not_hide_a_look_up(shop: Shop) -> None:
    _look_up(shop, now="2025-01-01")
    shop.change((ACTIVE, RETIRED))
    with pytest.raises(RequestError, match="1 look-up"):
        shop.applied(NOW)


def test_how_long_nobody_may_have_looked_it_up_is_configured(shop: Shop) -> None:
    _look_up(shop)
    with (shop.folder / "featurestore.yaml").open("a", encoding="utf-8") as file:
        file.write("usage: {quiet: 3d, flush: 1h}\n")
    shop.change((ACTIVE, RETIRED))
    with pytest.raises(RequestError, match="in 3 days"):
        shop.applied("2024-04-04")
    shop.applied("2024-04-06")


def test_what_is_in_use_is_retired_where_somebody_overrides_it_and_only_for_a_week(shop: Shop) -> None:
    _look_up(shop)
    store = shop.store(NOW)
    with pytest.raises(RequestError, match="is in use"):
        store.retire("customer_daily")
    with pytest.raises(RequestError, match="say why"):
        store.retire("customer_daily", reason=" ")
    assert store.retire("customer_daily", reason="it is wrong").uses.online.total() == 1
    shop.change((ACTIVE, RETIRED))
    with pytest.raises(RequestError, match="cannot be retired"):
        shop.applied("2024-04-10")
    shop.applied("2024-04-08")


def test_a_model_that_is_bound_keeps_what_it_uses(shop: Shop) -> None:
    store = shop.store(NOW)
    store.bind_model("churn", ["customer_daily:note"], "3")
    shop.declare(SERVICES.partition("feature_views:")[0])
    with pytest.raises(RequestError, match=r"'customer_daily' cannot be removed: it is in use .model churn 3."):
        shop.applied(NOW)
    store.unbind_model("churn")
    shop.applied(NOW)


def test_ones_own_look_ups_do_not_keep_one_from_removing_what_others_do(
    shop: Shop, as_principal: Callable[[str], None]
) -> None:
    _look_up(shop)
    shop.declare(SERVICES.partition("feature_services:")[0])
    as_principal("server")
    with pytest.raises(RequestError, match=r"'next_order' cannot be removed: it is in use .1 look-up by author"):
        shop.applied(NOW)
    as_principal("author")
    shop.applied(NOW)


def test_a_computation_that_others_use_changes_under_the_next_version_only(
    shop: Shop, as_principal: Callable[[str], None]
) -> None:
    as_principal("server")
    _look_up(shop)
    as_principal("author")
    shop.change((SPENT, SPENT_OTHERWISE))
    with pytest.raises(RequestError, match="computes spent_7d, spent_60d otherwise; write version: 2 in it, and both"):
        shop.applied(NOW)
    shop.change((ACTIVE, VERSION_2))
    assert shop.store(NOW).plan().kept == ("customer_daily@1",)
    store = shop.applied(NOW)
    # Until the new version is published, its name answers as before.
    assert _look_up(shop)["spent_60d"] == [2.5]
    store.materialize()
    assert _look_up(shop)["spent_60d"] == [5.0]
    assert _look_up(shop, ["customer_daily@1:spent_60d"])["spent_60d"] == [2.5]
    trained = store.get_historical_features(_spine(), ["customer_daily@1:spent_60d"]).to_arrow()
    assert trained["spent_60d"].to_pylist() == [2.5]


def test_both_versions_go_on_until_the_old_one_is_retired(shop: Shop, as_principal: Callable[[str], None]) -> None:
    as_principal("server")
    _look_up(shop)
    as_principal("author")
    shop.change((SPENT, SPENT_OTHERWISE), (ACTIVE, VERSION_2))
    shop.applied(NOW).materialize()
    shop.land("later", [order("2024-04-02T12:00", "ann", 1.0)])
    shop.store("2024-04-03T02:00").materialize()
    assert _look_up(shop)["spent_60d"] == [7.0]
    assert _look_up(shop, ["customer_daily@1:spent_60d"])["spent_60d"] == [3.5]
    store = shop.store("2024-04-03T02:00")
    with pytest.raises(RequestError, match="customer_daily@1 is in use"):
        store.retire("customer_daily@1")
    assert store.retire("customer_daily@1", reason="all have moved").retired
    with pytest.raises(RequestError, match="'customer_daily@1' is retired; use customer_daily instead"):
        _look_up(shop, ["customer_daily@1:spent_60d"])
    with (shop.folder / "shop.yaml").open("a", encoding="utf-8") as file:
        file.write('  - {name: late, features: ["customer_daily@1:spent_60d"]}\n')
    with pytest.raises(RequestError, match="feature service 'late' names customer_daily@1, which is retired"):
        shop.applied(NOW)
    assert [report.view for report in store.publish("2024-04-04T02:00")] == ["customer_daily"]
    assert _look_up(shop)["spent_60d"] == [7.0]


def test_vacuum_deletes_the_online_rows_of_what_is_retired(shop: Shop) -> None:
    shop.change((ACTIVE, RETIRED))
    store = shop.applied(NOW)
    assert not store._online.is_empty()
    assert store.vacuum().generations == 1
    assert store._online.is_empty()
    with pytest.raises(RequestError, match="'customer_daily' is retired"):
        _look_up(shop)
    shop.change((RETIRED, ACTIVE))
    shop.applied(NOW).materialize()
    assert _look_up(shop)["spent_60d"] == [2.5]


def test_a_restored_store_knows_what_is_retired(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    shop.change((ACTIVE, RETIRED))
    copy = tmp_path_factory.mktemp("backup") / "copy"
    shop.applied(NOW).backup(copy)
    other = Shop(tmp_path_factory.mktemp("other"), SERVICES)
    store = other.store(NOW)
    store.restore(copy)
    with pytest.raises(RequestError, match="'customer_daily' is retired"):
        frame(store, "customer_daily", ["ann"], NOW)


def test_a_view_that_nobody_else_uses_changes_as_before(shop: Shop) -> None:
    _look_up(shop)
    shop.change((SPENT, SPENT_OTHERWISE))
    store = shop.applied(NOW)
    assert store.plan().kept == ()
    assert [report.view for report in store.materialize().published] == ["customer_daily"]


def test_a_version_in_yaml_is_the_one_that_the_computation_has(shop: Shop) -> None:
    shop.change((ACTIVE, VERSION_2))
    with pytest.raises(RequestError, match="its computation is that of version 1; write version: 1"):
        shop.applied(NOW)
    shop.change(("version: 2", "version: 1"), (SPENT, SPENT_OTHERWISE))
    with pytest.raises(RequestError, match="its computation is a new one; write version: 2"):
        shop.applied(NOW)
    shop.change(("version: 1", "version: 2"))
    shop.applied(NOW)


def test_a_new_column_beside_what_others_use_needs_no_version(shop: Shop, as_principal: Callable[[str], None]) -> None:
    as_principal("server")
    _look_up(shop)
    as_principal("author")
    shop.change((SPENT, SPENT.replace("[7d, 60d]", "[7d, 14d, 60d]")))
    store = shop.applied(NOW)
    assert store.plan().kept == ()


def test_only_versions_beside_a_later_one_are_retired_by_themselves(shop: Shop) -> None:
    store: FeatureStore = shop.store(NOW)
    with pytest.raises(RequestError, match="customer_daily@1 is no version that goes on beside a later one"):
        store.retire("customer_daily@1")
    with pytest.raises(RequestError, match="is a column"):
        store.retire("customer_daily:note")
    assert not store.retire("next_order").retired
