"""Definitions that cannot be: each a clear error at its place, and what is applied stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import ConfigurationError, DefinitionError
from featurestore import FeatureStore
from tests.journeys.shop import DEFINITIONS, Shop

NOW = "2024-04-02"


MORE = "largest, agg: max, of: amount, windows: [7d]}\n      - {name: amount, agg: max, of: amount, windows: [28d]}"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("keys: {customer: string}}", "keys: {customer: string}", "shop.yaml:"),
        ("agg: max", "aggr: max", "aggr"),
        ("largest, agg: max, of: amount, windows: [7d]}", MORE, "amount_28d"),
        ("name: customer_hourly", "name: customer_daily", "defined twice"),
        ("agg: max, of: amount", "agg: max, of: amuont", "amount"),
        ("agg: max, of: amount", "agg: sum, of: note", "note"),
        ("windows: [28d]", "windows: [28h]", "28h"),
        ("windows: [28d]", "windows: twenty-eight", "twenty-eight"),
        ("agg: max", "agg: maximum", "max"),
        ("source: orders\n    every: exact", "source: order\n    every: exact", "orders"),
        ("every: exact", "every: 7h", "7h"),
        ("customer_latest:*", "customer_latest:none", "none"),
        ("timestamp: known_at", "timestamp: pieces", "pieces"),
    ],
    ids=lambda value: str(value)[:30].replace("\n", " "),
)
def test_a_mistake_is_named_with_its_place_and_leaves_what_is_applied(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    shop = Shop(tmp_path)
    registry = shop.applied(NOW)._context.registry.definitions
    revision = registry.revision()
    shop.change((old, new))
    for action in (FeatureStore.validate, FeatureStore.plan, FeatureStore.apply):
        with pytest.raises(DefinitionError) as raised:
            action(shop.store(NOW))
        assert says in str(raised.value)
        places = [problem.location for problem in raised.value.problems]
        assert all(place is not None and place.file.name == "shop.yaml" for place in places)
        line = DEFINITIONS[: DEFINITIONS.index(old)].count("\n") + 1
        assert min(abs(place.line - line) for place in places if place) <= 1
    assert registry.revision() == revision


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.change(("agg: max, of: amount", "agg: max, of: amuont"), ("windows: [28d]", "windows: [28h]"))
    with pytest.raises(DefinitionError) as raised:
        shop.store(NOW).validate()
    assert len(raised.value.problems) >= 2


def test_an_unknown_key_of_the_configuration_is_an_error_with_its_line(tmp_path: Path) -> None:
    Shop(tmp_path)
    (tmp_path / "featurestore.yaml").write_text("project: shop\nofline: {path: there}\n")
    with pytest.raises(ConfigurationError, match=r"featurestore\.yaml:2.*ofline"):
        FeatureStore(tmp_path)


def test_a_folder_that_is_no_repository_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="init"):
        FeatureStore(tmp_path / "nowhere")
