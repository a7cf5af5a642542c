"""What `plan` says of columns that are there already: where, whose, since when, and how to ask for them."""

from __future__ import annotations

from pathlib import Path

from featurestore.clock import format_instant
from featurestore.reuse.ready_yaml import ready_yaml
from featurestore.reuse.reuse import Reuse
from tests.featurestore.reuse.company import FIRST_DAY, NEW, THERE, WEEKS_LATER, store_at, write_company


def found_in(root: Path, instant: str = WEEKS_LATER) -> dict[str, Reuse]:
    return {each.column: each for each in store_at(root, instant).plan().reuse}


def test_a_rebuild_is_told_with_its_place_its_people_and_yaml_that_asks_for_it(tmp_path: Path) -> None:
    found = found_in(write_company(tmp_path, growth=NEW))
    revenue = found["buyers:revenue_28d"]
    assert (revenue.verdict, [each.reference for each in revenue.there]) == ("exists", ["spending:spent_28d"])
    there = revenue.there[0]
    assert (there.team, there.owner, there.services) == ("sales", "ann", ("churn",))
    assert format_instant(there.since) == FIRST_DAY
    assert ready_yaml(revenue) == "- {view: spending, features: [spent_28d], join_keys: {customer: buyer}}"


def test_what_values_make_up_is_told_with_the_expression(tmp_path: Path) -> None:
    basket = found_in(write_company(tmp_path, growth=NEW))["buyers:basket_7d"]
    assert (basket.verdict, basket.rules) == ("derivable", ("mean_from_sum_and_count",))
    assert basket.expression == "spending.spent_7d / spending.orders_7d"
    assert ready_yaml(basket).splitlines() == [
        "# basket_7d = spending.spent_7d / spending.orders_7d",
        "- {view: spending, features: [spent_7d, orders_7d], join_keys: {customer: buyer}}",
    ]


def test_nothing_is_said_of_what_nothing_is_like(tmp_path: Path) -> None:
    assert "buyers:channels_7d" not in found_in(write_company(tmp_path, growth=NEW))


def test_the_yaml_that_is_told_answers_with_the_same_columns(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    told = ready_yaml(found_in(root)["buyers:basket_7d"])
    entries = "\n".join(f"      {line}" for line in told.splitlines())
    (root / "growth.yaml").write_text(f"feature_services:\n  - name: baskets\n    features:\n{entries}\n")
    store = store_at(root, WEEKS_LATER)
    assert not store.plan().reuse
    store.apply()
    assert list(store.get_entity_keys("baskets")) == ["buyer"]


def test_another_window_of_what_is_there_shares_its_tiles(tmp_path: Path) -> None:
    more = THERE.replace("windows: [7d, 28d]}", "windows: [7d, 14d, 28d]}", 1)
    found = found_in(write_company(tmp_path, sales=more))
    assert found["spending:spent_14d"].verdict == "shares tiles"
    assert "spending:spent_7d" in {each.reference for each in found["spending:spent_14d"].there}


def test_what_differs_is_said_of_what_only_looks_alike(tmp_path: Path) -> None:
    later = NEW.replace("delay: 360m", "delay: 12h").replace(", where: amount is not null", "")
    similar = found_in(write_company(tmp_path, growth=later))["buyers:revenue_28d"]
    assert similar.verdict == "similar"
    assert similar.differences[0] == "its delay is 6h, here it is 12h"


def test_a_column_that_goes_away_with_the_same_change_is_nothing_to_use(tmp_path: Path) -> None:
    renamed = THERE.replace("{name: spent, ", "{name: paid, ")
    assert found_in(write_company(tmp_path, sales=renamed)) == {}


def test_a_view_that_changes_beside_what_is_added_is_still_known_by_its_columns(tmp_path: Path) -> None:
    fewer = THERE.replace("      - {name: spent, agg: sum, of: amount, windows: [7d, 28d]}\n", "")
    counted = NEW.replace("agg: sum, of: amount, where: amount is not null", "agg: count, where: amount is not null")
    found = found_in(write_company(tmp_path, sales=fewer, growth=counted))
    assert [each.reference for each in found["buyers:revenue_28d"].there] == ["spending:orders_28d"]


def test_what_is_deprecated_hidden_or_a_draft_is_not_pointed_at(tmp_path: Path) -> None:
    for number, word in enumerate(
        ("lifecycle: {state: deprecated, until: 2025-01-01}", "visibility: hidden", "lifecycle: draft")
    ):
        root = tmp_path / str(number)
        write_company(root)
        (root / "sales.yaml").write_text(THERE.replace("    every: 1d\n", f"    every: 1d\n    {word}\n"))
        store_at(root, FIRST_DAY).apply()
        (root / "growth.yaml").write_text(NEW)
        assert found_in(root) == {}, word


def test_a_dimension_that_nothing_reads_makes_no_other_feature(tmp_path: Path) -> None:
    joined = NEW.replace("    source: orders\n", "    source: orders\n    join: {source: shops, on: {channel: name}}\n")
    shops = (
        "sources:\n  - {name: shops, path: shops.parquet, timestamp: since, "
        "columns: {name: string, area: double, since: timestamp}}\n"
    )
    found = found_in(write_company(tmp_path, growth=joined, shops=shops))
    assert found["buyers:revenue_28d"].verdict == "exists"


def test_the_index_follows_each_application(tmp_path: Path) -> None:
    root = write_company(tmp_path)
    (root / "growth.yaml").write_text(NEW)
    assert found_in(root)["buyers:revenue_28d"].verdict == "exists"
    (root / "growth.yaml").unlink()
    (root / "sales.yaml").write_text(THERE.replace("[7d, 28d]}", "[7d]}"))
    store_at(root, FIRST_DAY).apply()
    (root / "growth.yaml").write_text(NEW)
    assert "buyers:revenue_28d" not in {name for name, each in found_in(root).items() if each.is_rebuild}
    (root / "growth.yaml").unlink()
    (root / "sales.yaml").write_text(THERE.replace("returned: boolean", "returned: boolean, note: string"))
    store_at(root, FIRST_DAY).apply()
    (root / "growth.yaml").write_text(NEW)
    assert found_in(root)["buyers:revenue_28d"].verdict == "exists"
