"""A view that promises to be fresh is found when it is not, whoever publishes it or does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from definitions.errors import ConfigurationError, SourceError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.finding_words import finding_words
from featurestore.registry.findings import OPEN, SETTLED, Finding
from featurestore.registry.registry import Registry
from featurestore.service_levels import STALE_VIEW, promising_views
from tests.featurestore.governance.company import found_company
from tests.journeys.shop import ONE_VIEW, Shop, published_shop, raising

PROMISING = ONE_VIEW.replace("    delay: 1h\n", "    delay: 1h\n    sla: {fresh_within: 26h}\n")
NOW = "2024-04-02T01:00:00"
"""The watermark is the second of April."""
LAST_GOOD = "2024-04-03T02:00:00"
TOO_LATE = "2024-04-03T02:00:00.000001"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_shop(tmp_path_factory.mktemp("published"), PROMISING, NOW)


@pytest.fixture
def shop(published: Path, tmp_path: Path) -> Shop:
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    return Shop(tmp_path, PROMISING)


def _stale(store: FeatureStore, state: str = OPEN) -> list[Finding]:
    found = store.findings(settled=True)
    return [finding for finding in found if (finding.kind, finding.state) == (STALE_VIEW, state)]


def test_a_view_is_stale_a_microsecond_after_it_promised_not_to_be(shop: Shop) -> None:
    assert shop.store(LAST_GOOD).review() == ()
    (finding,) = shop.store(TOO_LATE).review()
    assert (finding.kind, finding.subject, finding.state) == (STALE_VIEW, "customer_daily", OPEN)
    hour, watermark = 3_600_000_000, 1_712_016_000_000_000
    assert finding.numbers == {
        "view": "customer_daily",
        "kind": "feature_view",
        "name": "customer_daily",
        "promised": 26 * hour,
        "watermark": watermark,
        "age": 26 * hour + 1,
        "since": watermark + 26 * hour,
        "at_best": 25 * hour,
    }
    assert finding_words(finding) == (
        "customer_daily is 1d 3h old online, of 2024-04-02T00:00:00Z; it promises to be fresh within 26h, "
        "and has not been since 2024-04-03T02:00:00Z"
    )


def test_a_finding_is_renewed_while_it_lasts_and_settled_when_the_view_is_fresh_again(shop: Shop) -> None:
    shop.store("2024-04-03T03:00:00").review()
    shop.store("2024-04-05T02:00:00").review()
    (finding,) = _stale(shop.store(NOW))
    assert (finding.first_seen, finding.last_seen) == (1_712_113_200_000_000, 1_712_282_400_000_000)
    assert finding.numbers["age"] == finding.last_seen - finding.numbers["watermark"]
    shop.store("2024-04-05T02:00:00").materialize()
    assert _stale(shop.store(NOW)) == [] and len(_stale(shop.store(NOW), SETTLED)) == 1


def test_a_promise_that_no_pipeline_can_keep_says_what_it_could(shop: Shop) -> None:
    shop.change(("fresh_within: 26h", "fresh_within: 6h"))
    shop.applied(NOW)
    (finding,) = shop.store("2024-04-02T09:00:00").review()
    assert finding_words(finding).endswith("; by its hop and delay it can promise 25h at best")


def test_a_view_that_was_never_published_is_stale_unless_it_is_a_draft(tmp_path: Path) -> None:
    shop = Shop(tmp_path, PROMISING.replace("    delay: 1h\n", "    delay: 1h\n    lifecycle: draft\n"))
    assert shop.applied(NOW).review() == ()
    shop.change(("    lifecycle: draft\n", ""))
    (finding,) = shop.applied(NOW).review()
    assert finding_words(finding) == "customer_daily was never published; it promises to be fresh within 26h"


@pytest.mark.parametrize(
    "change",
    [
        ("    sla: {fresh_within: 26h}\n", ""),
        ("fresh_within: 26h", "fresh_within: 30d"),
        ("    delay: 1h\n", "    delay: 1h\n    lifecycle: retired\n"),
    ],
)
def test_a_promise_that_is_taken_back_or_longer_settles_the_finding(shop: Shop, change: tuple[str, str]) -> None:
    shop.store(TOO_LATE).review()
    shop.change(change)
    store = shop.applied(TOO_LATE)
    assert store.review() == () and _stale(store) == []


def test_what_look_ups_cannot_have_promises_them_nothing(tmp_path: Path) -> None:
    windows = "{name: orders, agg: count, windows: [1d]}"
    exact = PROMISING.partition("    features:")[0].replace("every: 1d", "every: exact")
    shop = Shop(tmp_path, f"{exact}    features:\n      - {windows}\n")
    assert shop.applied(NOW).review() == ()


def test_what_never_changes_with_time_is_never_stale(tmp_path: Path) -> None:
    always = PROMISING.replace("timestamp: known_at", "timestamp: null").partition("    every: 1d")[0]
    level = "    sla: {fresh_within: 26h}\n    features:\n      - {name: orders, agg: count}\n"
    folder = published_shop(tmp_path, always + level, NOW)
    assert Shop(folder, always + level).store("2034-04-02").review() == ()


def test_a_version_that_is_kept_beside_a_later_one_has_a_level_of_its_own(shop: Shop) -> None:
    shop.declare(PROMISING + 'feature_services:\n  - {name: old, features: ["customer_daily@1:orders_1d"]}\n')
    shop.change(("agg: max, of: amount", "agg: min, of: amount"), ("26h", "3d"))
    shop.applied(NOW).materialize()
    found = shop.store(TOO_LATE).review()
    assert [(finding.subject, finding.numbers["view"]) for finding in found] == [("customer_daily@1", "customer_daily")]
    assert {finding.subject for finding in shop.store("2024-04-09").review()} == {"customer_daily", "customer_daily@1"}
    assert [item.subject for item in shop.store(NOW).findings(["customer_daily"])] == [
        *("customer_daily", "customer_daily@1")
    ]


def test_readers_who_were_put_back_are_told_of_by_what_they_read(shop: Shop) -> None:
    shop.change(("agg: max, of: amount", "agg: min, of: amount"))
    shop.applied("2024-04-05T01:00:00").materialize()
    assert _stale(shop.store(NOW)) == []
    shop.store("2024-04-05T01:00:00").publish(views=["customer_daily"], generation=1)
    assert [finding.subject for finding in _stale(shop.store(NOW))] == ["customer_daily"]


def test_a_run_of_one_view_finds_others_that_nobody_runs(shop: Shop) -> None:
    other = PROMISING.partition("feature_views:\n")[2].replace("customer_daily", "alone")
    shop.declare(PROMISING + other)
    shop.applied("2024-04-05T01:00:00").materialize(views=["alone"])
    assert [finding.subject for finding in _stale(shop.store(NOW))] == ["customer_daily"]
    shop.store("2024-04-05T01:00:00").publish(views=["alone"])
    assert [finding.subject for finding in _stale(shop.store(NOW))] == ["customer_daily"]


def test_a_run_that_fails_finds_what_it_leaves_stale(shop: Shop) -> None:
    for file in (shop.folder / "data" / "orders").iterdir():
        file.unlink()
    with pytest.raises(SourceError):
        shop.store(TOO_LATE).materialize()
    assert [finding.subject for finding in _stale(shop.store(NOW))] == ["customer_daily"]


def test_a_review_that_fails_fails_no_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = raising(ConfigurationError("the registry does not answer"))
    with monkeypatch.context() as patch:
        patch.setattr("featurestore.review.review_service_levels", away)
        shop.store(LAST_GOOD).materialize()
        with pytest.raises(ConfigurationError):
            shop.store(TOO_LATE).review()
    assert "service levels were not looked at: the registry does not answer" in caplog.text


def test_whoever_looks_while_somebody_publishes_finds_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    changing = Registry.changing_definitions

    @contextmanager
    def just_before(registry: Registry) -> Iterator[int]:
        monkeypatch.setattr(Registry, "changing_definitions", changing)
        shop.store(TOO_LATE).materialize()
        with changing(registry) as revision:
            yield revision

    monkeypatch.setattr(Registry, "changing_definitions", just_before)
    store = shop.store(TOO_LATE)
    assert store.review() == () and _stale(store, SETTLED) == []


def test_what_is_hidden_is_told_to_nobody_who_does_not_see_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    company = found_company(tmp_path / "shop")
    for file in company.folder.glob("*.yaml"):
        level = "visibility: hidden\n    sla: {fresh_within: 2d}\n    features:"
        file.write_text(file.read_text().replace("visibility: hidden\n    features:", level))
    company.store(None).apply()

    def at(name: str | None) -> FeatureStore:
        token = None if name is None else company.tokens[name]
        return FeatureStore(company.folder, clock=FixedClock("2024-04-09"), token=token)

    assert at("stranger").review() == ()
    assert (caplog.text, at("stranger").findings()) == ("", ())
    assert [finding.subject for finding in at("viewer").review()] == ["customer_hidden"]
    assert [finding.subject for finding in at(None).findings()] == ["customer_hidden"]


def test_a_registry_where_nothing_was_applied_has_nothing_to_review(tmp_path: Path) -> None:
    shop = Shop(tmp_path, PROMISING)
    assert shop.store(NOW).review() == ()
    assert promising_views(shop.store(NOW)._context.everything()) == {}
