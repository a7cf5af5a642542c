"""The index of columns, waivers, modes of teams and unmet searches, on every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from definitions.errors import RequestError
from featurestore.registry.feature_columns import IndexedColumn
from featurestore.registry.registry import Registry

COLUMN = IndexedColumn(
    view="spending", name="spent_7d", position=0, timeline="t1", window=7, tile_table="tiles", slots=("sum", "count"),
    type="double", formula="sum(amount)", reads=("orders.amount",), words="spending spent 7d 100% paid_in",
    entity="user", description="", team="sales", owner=None, visibility="members", state="active", services=("churn",),
)  # fmt: skip
EVER = replace(COLUMN, name="spent", window=None, position=1, words="spent ever")
OTHER = replace(COLUMN, view="visits", timeline="t2", services=(), words="visits")


def test_columns_are_found_by_view_timeline_table_formula_words_and_service(registry: Registry) -> None:
    index = registry.feature_columns
    index.replace([COLUMN, EVER, OTHER], None, 1)
    assert index.of_view("spending") == (COLUMN, EVER)
    assert index.on([("t1", 7)]) == (COLUMN,)
    assert index.on([("t1", None), ("t2", 7)]) == (EVER, OTHER)
    assert index.of_tables(["tiles"]) == index.with_formulas(["sum(amount)"]) == (COLUMN, EVER, OTHER)
    assert index.containing(["spent", "7d"]) == (COLUMN,)
    assert index.containing(["100%"]) == index.containing(["paid_in"]) == (COLUMN,)
    assert index.containing(["paid%in"]) == ()
    assert index.reading(["orders.amount", "orders.none"]) == (COLUMN, EVER, OTHER)
    assert index.reading(["orders.amoun"]) == ()
    assert index.views_used_by(["churn"]) == {"spending"}
    assert (index.find("visits", "spent_7d"), index.find("visits", "none")) == (OTHER, None)


def test_an_index_of_a_later_application_stays_whoever_comes_late(registry: Registry) -> None:
    index = registry.feature_columns
    index.replace([COLUMN, OTHER], None, 2)
    index.replace([], None, 1)
    index.replace([], ["visits"], 2)
    assert index.containing([]) == (COLUMN, OTHER)
    index.replace([EVER], ["spending"], 3)
    assert (index.containing([]), index.indexed_revision()) == ((EVER, OTHER), 3)


def test_many_columns_fit_whatever_a_statement_takes(registry: Registry) -> None:
    many = [replace(COLUMN, name=f"c{number:04}", position=number, timeline=str(number)) for number in range(1_200)]
    registry.feature_columns.replace(many, None, 1)
    assert len(registry.feature_columns.on((str(number), 7) for number in range(1_200))) == 1_200


def test_a_waiver_holds_from_its_approval_until_it_lapses(registry: Registry) -> None:
    asked = registry.waivers.ask("a:b", "c:d", "waiver", "sales", "because", "ann", 10, 20)
    assert not asked.holds(11)
    approved = registry.waivers.approve(asked.id, "ben", 12)
    assert (approved.approved_by, approved.holds(12), approved.holds(20)) == ("ben", True, False)
    assert registry.waivers.of_columns(["a:b", "x:y"]) == registry.waivers.all() == (approved,)
    with pytest.raises(RequestError, match="no waiver"):
        registry.waivers.approve(asked.id, "eve", 13)


def test_a_team_has_the_mode_that_was_chosen_last(registry: Registry) -> None:
    assert registry.waivers.mode("sales") is None
    registry.waivers.set_mode("sales", "off", "ann", 1)
    registry.waivers.set_mode("sales", "block", "ben", 2)
    assert registry.waivers.mode("sales") == "block"


def test_searches_in_vain_are_counted_by_their_words(registry: Registry) -> None:
    for now, words in enumerate(("rain", "snow", "rain")):
        registry.unmet_searches.count(words, now)
    assert [
        (each.words, each.times, each.first_at, each.last_at) for each in registry.unmet_searches.most_wanted(5)
    ] == [
        ("rain", 2, 0, 2),
        ("snow", 1, 1, 1),
    ]
