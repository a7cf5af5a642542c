"""What Great Expectations expects of a source, held against samples of its days."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.fingerprint import source_fingerprint
from featurestore import FeatureStore
from featurestore.checks.check_words import expectation_words
from featurestore.checks.data_docs import write_data_docs
from tests.journeys.shop import ONE_VIEW, Shop, order

_COLUMNS = "    columns: {customer: string,"
_CHECKS = """    expect:
      - check: great_expectations
        expectation: expect_column_max_to_be_between
        column: amount
        arguments: {max_value: 3}
      - check: great_expectations
        expectation: expect_column_values_to_match_strftime_format
        column: amount
        arguments: {strftime_format: "%Y"}
      - {check: not_null, column: amount}
"""
_WITH_CHECKS = ONE_VIEW.replace(_COLUMNS, _CHECKS + "    columns: {customer: {type: string, pii: [name]},")


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    shop = Shop(tmp_path / "shop", _WITH_CHECKS)
    shop.land("orders", [order("2024-03-30", "annabella", 2.5), order("2024-03-31", "bartholomew", 5.0)])
    return shop.applied("2024-04-02")


def test_a_day_is_found_by_a_sample_and_goes_on(store: FeatureStore) -> None:
    store.materialize(publish=False)
    told = [expectation_words(each) for each in store._context.registry.findings.all() if each.kind == "expectation"]
    (broken,) = [each for each in told if "max_to_be_between" in each]
    assert "orders, 2024-03-31: a sample of 1 rows has 5.0, which is not as expect_column_max_to_be_between" in broken
    (failed,) = [each for each in told if "strftime" in each]
    assert "could not be checked on a sample of 1 rows" in failed


def test_what_could_not_be_run_is_run_again_and_what_could_is_not(store: FeatureStore) -> None:
    store.materialize(publish=False)
    context = store._context
    subject = _subject(store)
    for profile in context.registry.profiles.between(subject, 0, 100_000).values():
        # The one of the maximum and the one of nulls.
        assert len(profile.judged) == 2


def _subject(store: FeatureStore) -> str:
    return f"source/{source_fingerprint(store._context.applied().repository.sources['orders'])}"


def test_data_docs_have_what_was_found_and_no_names(store: FeatureStore, tmp_path: Path) -> None:
    applied = store._context.applied()
    page = write_data_docs(store._context, applied, applied.repository.feature_views, tmp_path / "docs")
    whole = "".join(path.read_text(encoding="utf-8") for path in page.parent.rglob("*.html"))
    assert "orders checks" in whole
    assert "orders 2024-03-31 sample" in whole
    assert "2024-03-31, a sample of 1 rows has 5.0" in whole
    assert "annabella" not in whole
    assert "bartholomew" not in whole
