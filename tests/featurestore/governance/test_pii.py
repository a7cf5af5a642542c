"""What is personal flows from source columns to features, as far as they show it, until somebody declassifies it."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.lineage import trace_column
from definitions.errors import AccessError, RequestError
from featurestore.governance.pii import LEVELS, pii_of, pii_of_keys
from tests.featurestore.cli.running import document, invoke
from tests.featurestore.governance.company import DEFINITIONS, Company
from tests.journeys.shop import ONE_VIEW, Shop, order

TAGGED = """\
team: shop
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: known_at
    columns:
      customer: {type: string, pii: [identifier]}
      amount: {type: double, pii: [income]}
      note: {type: string, pii: [free_text]}
      pieces: bigint
      known_at: timestamp
feature_views:
  - name: tagged
    entity: customer
    source: orders
    features:
      - {name: spent, agg: sum, of: amount}
      - {name: typical, agg: mean, of: amount}
      - {name: most, agg: max, of: amount}
      - {name: latest, agg: last, of: note}
      - {name: notes, agg: last_n, of: note, n: 2}
      - {name: frequent, agg: most_frequent, of: note, n: 2}
      - {name: by_note, agg: count, by: note, top: 2}
      - {name: middle, agg: quantile, of: amount, quantile: 0.5}
      - {name: kinds, agg: count_distinct, of: note}
      - {name: derived, agg: last, of: "length(note)"}
      - {name: gifts, agg: count, where: note = 'gift'}
      - {name: large, agg: sum, of: pieces, where: amount > 5}
      - {name: pieces, agg: sum, of: pieces}
      - {name: orders, agg: count}
      - {name: declared, agg: sum, of: pieces, pii: [habit]}
"""
EXPECTED = {
    "spent": "aggregated", "typical": "aggregated", "most": "direct", "latest": "direct", "notes": "direct",
    "frequent": "direct", "by_note": "direct", "middle": "direct", "kinds": "aggregated", "derived": "direct",
    "gifts": "filter-only", "large": "filter-only", "pieces": "none", "orders": "none", "declared": "direct",
}  # fmt: skip


def test_each_aggregation_shows_as_much_as_it_does(tmp_path: Path) -> None:
    store = Shop(tmp_path, TAGGED).applied("2024-04-02")
    columns = store.lineage("tagged").columns
    found = {column.requested.name: pii_of(column, {}) for column in columns}
    assert {name: pii.level for name, pii in found.items()} == EXPECTED
    assert {name for name, pii in found.items() if pii.restricted} == {
        name for name, level in EXPECTED.items() if level in ("direct", "aggregated")
    }
    assert str(found["large"]) == "filter-only (income, of orders.amount)"
    assert str(pii_of_keys(columns[0].requested)) == "direct (identifier, of orders.customer)"
    assert LEVELS == ("none", "filter-only", "aggregated", "direct")


def test_tags_reach_through_unions_and_dimensions(tmp_path: Path) -> None:
    definitions = """\
entities:
  - {name: customer, keys: {customer: string}}
sources:
  - {name: a, path: data/a.parquet, timestamp: t, columns: {customer: string, x: double, t: timestamp}}
  - name: b
    path: data/b.parquet
    timestamp: t
    columns: {customer: string, x: {type: double, pii: [income]}, t: timestamp}
  - {name: both, union: [a, b]}
  - name: people
    path: data/people.parquet
    timestamp: t
    columns: {customer: string, city: {type: string, pii: [place]}, t: timestamp}
feature_views:
  - name: united
    entity: customer
    source: both
    features: [{name: x, agg: sum, of: x}]
  - name: joined
    entity: customer
    source: a
    join: {source: people, on: customer}
    features:
      - {name: city, agg: last, of: people.city}
      - {name: in_town, agg: count, where: people.city = 'x'}
      - {name: x, agg: sum, of: x}
"""
    store = Shop(tmp_path, definitions).applied("2024-04-02")
    found = {column.reference: pii_of(column, {}) for column in store.lineage("united", "joined").columns}
    assert {reference: (pii.level, pii.tags) for reference, pii in found.items()} == {
        "united:x": ("aggregated", ("income",)),
        "joined:city": ("direct", ("place",)),
        "joined:in_town": ("filter-only", ("place",)),
        "joined:x": ("none", ()),
    }


def test_plan_and_lineage_say_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path, TAGGED)
    told = invoke("plan", "--repository", tmp_path).stdout
    assert "the keys of tagged: direct (identifier, of orders.customer)" in told
    assert "tagged:gifts: filter-only (free_text, of orders.note)" in told and "tagged:pieces:" not in told
    store = shop.applied("2024-04-02")
    assert "pii: aggregated (income, of orders.amount)" in repr(store.lineage("tagged:spent"))
    (column,) = store.lineage("tagged:spent").to_dict()["feature_columns"]
    assert column["pii"] == {
        "level": "aggregated", "tags": ["income"], "columns": ["orders.amount"], "declassified": False,
    }  # fmt: skip
    assert "pii" not in repr(Shop(tmp_path / "other", ONE_VIEW).applied("2024-04-02").lineage("customer_daily"))


def test_keys_that_tell_who_somebody_is_are_no_samples(tmp_path: Path) -> None:
    plain = TAGGED.replace("{type: string, pii: [identifier]}", "string")
    for folder, definitions, expected in (("a", plain, ["ann"]), ("b", TAGGED, [None])):
        shop = Shop(tmp_path / folder, definitions)
        shop.land("orders", [order("2024-03-31", "ann", 2.5)])
        store = shop.applied("2024-04-02")
        store.materialize(publish=False)
        assert store.get_sample_entities("tagged:orders").to_pydict() == {"customer": expected}


def test_a_declassification_holds_for_the_present_computation_alone(company: Company) -> None:
    tagged = DEFINITIONS.replace("amount: double", "amount: {type: double, pii: [income]}")
    company.declare(shop=tagged)
    company.store("author").apply()
    approver, reference = company.store("approver"), "customer_daily:spent_7d"
    for name, error in (("author", AccessError), ("stranger", AccessError), ("root", AccessError)):
        with pytest.raises(error):
            company.store(name).access.declassify(reference, "none", reason="x")
    for level, reason in (("direct", "x"), ("aggregated", "x"), ("nothing", "x"), ("none", " ")):
        with pytest.raises(RequestError):
            approver.access.declassify(reference, level, reason=reason)
    approver.access.declassify(reference, "none", reason="sums of a week tell nothing")
    (column,) = approver.lineage(reference).to_dict()["feature_columns"]
    assert (column["pii"]["level"], column["pii"]["declassified"]) == ("none", True)
    entry = company.store("root").audit.entries(1)[0]
    assert (entry.action, entry.principal, entry.subject) == ("declassify", "approver", reference)
    company.declare(shop=tagged.replace("of: amount, windows", "of: amount, where: pieces > 1, windows"))
    company.store("author").apply()
    (column,) = approver.lineage(reference).to_dict()["feature_columns"]
    assert (column["pii"]["level"], column["pii"]["declassified"]) == ("aggregated", False)
    approver.access.classify(reference)
    with pytest.raises(RequestError, match="was not declassified"):
        approver.access.classify(reference)


def test_the_command_declassifies(tmp_path: Path) -> None:
    store = Shop(tmp_path, TAGGED).applied("2024-04-02")
    at = ("--repository", tmp_path, "--json")
    assert document(invoke("declassify", "tagged:spent", "--reason", "x", *at))["level"] == "none"
    (found,) = store.access.declassifications()
    assert (found.reference, found.level, found.reason) == ("tagged:spent", "none", "x")
    assert trace_column(store.lineage("tagged:spent").columns[0].requested).reference == "tagged:spent"
    assert document(invoke("declassify", "tagged:spent", "--withdraw", *at))["level"] is None
    assert invoke("declassify", "tagged:spent", *at).exit_code == 2
