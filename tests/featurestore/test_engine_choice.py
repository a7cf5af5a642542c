"""`engine: auto`: by the size of the applied sources, told in `explain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import ConfigurationError
from featurestore.config import load_configuration
from tests.journeys.shop import ONE_VIEW, Shop, random_orders

NOW = "2024-04-02T05:00:00"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """About 10 kB of orders."""
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("march", random_orders(3, "2024-03-01", 28, 300, 40))
    return shop


def _configure(shop: Shop, engine: str) -> None:
    (shop.folder / "featurestore.yaml").write_text(f"project: shop\nengine: {{type: auto{engine}}}\n")


def test_small_sources_are_computed_in_the_process_and_large_ones_on_spark(shop: Shop) -> None:
    _configure(shop, "")
    assert shop.applied(NOW)._context.engine.name == "duckdb"
    _configure(shop, ", spark_above: 5kB")
    assert shop.applied(NOW)._context.engine.name == "spark"


def test_the_choice_waits_for_sources_that_are_applied_after_the_store_was_opened(shop: Shop) -> None:
    _configure(shop, ", spark_above: 5kB")
    store = shop.store(NOW)
    assert store._context.registry
    store.apply()
    assert store._context.engine.name == "spark"


def test_explain_says_which_engine_it_is_and_why(shop: Shop) -> None:
    _configure(shop, ", spark_above: 1 GB")
    store = shop.applied(NOW)
    told = store.get_historical_features(store.get_sample_entities(["customer_daily:*"]), ["customer_daily:*"])
    assert "duckdb, as the largest source, orders, has" in told.explain(sql=False)
    assert "and Spark begins at 1.0 GB" in told.explanation(sql=False).document["engine"]


def test_a_table_of_sparks_catalog_needs_spark_whatever_its_size(shop: Shop) -> None:
    _configure(shop, "")
    shop.change(("path: data/orders/*.parquet", "table: orders"))
    assert shop.applied(NOW)._context.engine.name == "spark"
    assert shop.applied(NOW)._context.chosen.why == "source orders is a table of Spark's catalog"


def test_a_source_without_files_counts_nothing(shop: Shop) -> None:
    _configure(shop, ", spark_above: 5kB")
    for file in (shop.folder / "data" / "orders").iterdir():
        file.unlink()
    assert shop.applied(NOW)._context.engine.name == "duckdb"


def test_a_threshold_that_is_no_size_is_refused(shop: Shop) -> None:
    _configure(shop, ", spark_above: much")
    with pytest.raises(ConfigurationError, match="size such as 500MB"):
        load_configuration(shop.folder)
