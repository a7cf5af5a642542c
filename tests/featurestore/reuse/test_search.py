"""Search finds features by words, formula, what they read and likeness; what it does not find is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from definitions.errors import RequestError
from tests.featurestore.cli.running import document, invoke
from tests.featurestore.reuse.company import THERE, WEEKS_LATER, store_at, write_company


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hidden = (
        "feature_views:\n  - name: secret\n    entity: customer\n    source: orders\n    visibility: hidden\n"
        "    features: [{name: margin, agg: sum, of: amount * 0.3, windows: [7d]}]\n"
    )
    root = write_company(tmp_path_factory.mktemp("search"), secret=hidden)
    store_at(root, WEEKS_LATER).apply()
    return root


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "Spent 28d"}, ["spending:spent_28d"]),
        ({"words": "buys"}, ["spending:orders_28d", "spending:orders_7d"]),
        ({"words": "sales returns"}, ["spending:returns_28d"]),
        ({"formula": "sum(amount)"}, ["spending:spent_28d", "spending:spent_7d"]),
        ({"formula": "AVG( returned )"}, ["spending:returns_28d"]),
        ({"formula": "median(amount)"}, []),
        ({"formula": "sum(amount)", "words": "7d"}, ["spending:spent_7d"]),
        ({"formula": "sum(amount)", "column": "orders.returned"}, []),
        ({"column": "orders.returned"}, ["spending:returns_28d"]),
        ({"like": "spending:spent_7d", "words": "7d"}, ["spending:orders_7d"]),
        ({"words": "margin"}, []),
        ({"words": "100%"}, []),
    ],
    ids=str,
)
def test_a_search_finds(root: Path, asked: dict[str, Any], found: list[str]) -> None:
    assert [hit.reference for hit in store_at(root, WEEKS_LATER).search(**asked)] == found


def test_a_name_that_has_the_words_comes_before_a_description_that_has_them(root: Path) -> None:
    hits = [hit.reference for hit in store_at(root, WEEKS_LATER).search("orders")]
    assert hits[:2] == ["spending:orders_28d", "spending:orders_7d"]
    assert len(hits) == 5


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "say what to look for"),
        ({"formula": "amount"}, "write an aggregation of an expression"),
        ({"formula": "avg(delay)"}, "no source has the columns"),
        ({"column": "orders.amout"}, "did you mean 'orders.amount'"),
        ({"like": "spending"}, "write view:column"),
        ({"like": "spending:none"}, "there is no feature 'spending:none'"),
    ],
    ids=str,
)
def test_a_search_that_cannot_be_says_why(root: Path, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        store_at(root, WEEKS_LATER).search(**asked)


def test_what_is_looked_for_in_vain_is_remembered_as_demand(tmp_path: Path) -> None:
    store = store_at(write_company(tmp_path), WEEKS_LATER)
    for words in ("weather", "spent", "weather", "holidays"):
        store.search(words)
    wanted = [(each.words, each.times) for each in store.wanted()]
    assert wanted == [("weather", 2), ("holidays", 1)]
    assert THERE.count("weather") == 0
    command = ("search", "--wanted", "--repository", tmp_path, "--now", WEEKS_LATER)
    assert invoke(*command).stdout == "weather: 2 times, last on 2024-05-01\nholidays: once, last on 2024-05-01\n"
    told = document(invoke(*command, "--json"))["wanted"]
    assert [(each["words"], each["times"]) for each in told] == wanted
