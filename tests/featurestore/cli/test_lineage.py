"""`featurestore lineage` and `featurestore impact`."""

from __future__ import annotations

from pathlib import Path

from featurestore import FeatureStore
from tests.featurestore.cli.running import document, run


def test_lineage_shows_the_tree_and_the_document_of_the_store(built_repository: Path) -> None:
    found = FeatureStore(built_repository).lineage("recommendations", "customer_purchases:latest")
    shown = run(built_repository, "lineage", "recommendations", "customer_purchases:latest")
    assert shown.stdout == f"{found!r}\n"
    assert "├─ purchases.returned: filter" in shown.stdout
    asked = run(built_repository, "lineage", "recommendations", "customer_purchases:latest", "--json")
    assert document(asked) == found.to_dict()


def test_impact_is_that_of_a_source_or_of_one_column(built_repository: Path) -> None:
    store = FeatureStore(built_repository)
    assert document(run(built_repository, "impact", "purchases", "--json")) == store.impact("purchases").to_dict()
    of_column = run(built_repository, "impact", "purchases:returned")
    assert of_column.stdout == f"{store.impact('purchases', 'returned')!r}\n"
    assert "purchases_7d: filter" in of_column.stdout
    assert "latest" not in of_column.stdout
