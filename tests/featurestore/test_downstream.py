"""`store.impact_of` of features, and what lineage says of who asks for them: services, models, people, savings."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from definitions.errors import RequestError
from featurestore import FeatureStore
from featurestore.downstream import Downstream
from featurestore.impact import Impact
from tests.journeys.shop import ONE_VIEW, Shop, frame, published_shop, segments

NOW = "2024-04-02"
TWO_TEAMS = (
    ONE_VIEW
    + """\
  - name: customer_amounts
    team: pricing
    entity: customer
    source: orders
    every: 1d
    delay: 1h
    features:
      - {name: paid, agg: sum, of: amount, windows: [7d]}
      - {name: smallest, agg: min, of: amount, windows: [7d]}
feature_services:
  - {name: next_order, owner: maria, features: ["customer_daily:spent_7d", "customer_daily:note"]}
  - {name: prices, features: ["customer_amounts:*"]}
"""
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_shop(tmp_path_factory.mktemp("published"), TWO_TEAMS, NOW, ("ann", "bob"))


@pytest.fixture
def store(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FeatureStore:
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "ann")
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    return Shop(tmp_path, TWO_TEAMS).store(NOW)


def _downstream(store: FeatureStore, reference: str, retiring: bool = False) -> Downstream:
    found = store.impact_of(reference, retiring=retiring)
    assert isinstance(found, Downstream)
    return found


def test_the_impact_of_a_column_is_its_services_its_models_and_who_fetched_it(store: FeatureStore) -> None:
    store.bind_model("churn", "next_order", "2", owner="bob", stage="production")
    store.bind_model("price", ["customer_daily:spent_60d"])
    store.get_online_features("next_order", [{"customer": "ann"}])
    frame(store, "customer_daily", ["ann"], NOW)
    assert repr(_downstream(store, "customer_daily:spent_7d")) == (
        "customer_daily:spent_7d\n"
        "├─ feature columns\n"
        "│  └─ customer_daily:spent_7d\n"
        "├─ feature services\n"
        "│  └─ next_order (team shop, owner maria)\n"
        "├─ models\n"
        "│  └─ churn 2 (production, owner bob)\n"
        "└─ people, in 30 days\n"
        "   └─ ann: 1 look-up, 1 fetch"
    )
    document = _downstream(store, "customer_daily").to_dict()
    assert [model["name"] for model in document["models"]] == ["churn", "price"]
    assert document["models"][1]["columns"] == ["customer_daily:spent_60d"]
    assert document["retiring"] is None


def test_retiring_a_view_breaks_and_saves_what_nobody_else_has(store: FeatureStore) -> None:
    store.bind_model("price", "prices")
    found = _downstream(store, "customer_amounts", retiring=True)
    assert found.breaks == ("feature service prices", "model price")
    assert found.savings is not None
    (freed,) = found.savings.tiles
    # The sum is customer_daily's too; the minimum is nobody else's.
    assert [name.partition("_")[0] for name in freed.slots] == ["min"]
    assert not freed.whole and 0 < freed.bytes < sum(segment.bytes for segment in segments(store))
    assert freed.seconds == 0.0  # the clock of the run stood still
    assert found.savings.online_rows == (("customer_amounts", 2),)
    assert "saves 2 online rows of customer_amounts" in repr(found)
    document = found.to_dict()["retiring"]
    assert document["breaks"] == ["feature service prices", "model price"]
    assert document["bytes"] == freed.bytes


def test_a_column_whose_slots_others_share_saves_nothing(store: FeatureStore) -> None:
    found = _downstream(store, "customer_amounts:paid_7d", retiring=True)
    assert found.savings is not None and not found.savings.tiles and not found.savings.online_rows
    assert repr(found).endswith("saves nothing: others have the same tiles and rows")


def test_retiring_a_service_takes_the_service_alone(store: FeatureStore) -> None:
    store.bind_model("price", "prices", "1")
    found = _downstream(store, "prices", retiring=True)
    assert found.columns == ("customer_amounts:paid_7d", "customer_amounts:smallest_7d")
    assert found.breaks == ("model price 1",)
    assert found.savings is not None and found.savings.bytes == 0


def test_sources_are_named_as_before_and_with_a_dot(store: FeatureStore) -> None:
    for name, column in (("orders", None), ("orders:amount", "amount"), ("orders.amount", "amount")):
        found = store.impact_of(name)
        assert isinstance(found, Impact)
        assert found.to_dict() == store.impact("orders", column).to_dict()
    with pytest.raises(RequestError, match="'orders' is a source"):
        store.impact_of("orders", retiring=True)
    for name, said in (("ordrs", "did you mean 'orders'"), ("prics", "did you mean 'prices'")):
        with pytest.raises(RequestError, match=said):
            store.impact_of(name)


def test_lineage_goes_on_to_services_and_models(store: FeatureStore) -> None:
    store.bind_model("churn", ["customer_daily:note"], "2")
    lineage = store.lineage("customer_daily:note", "customer_daily:orders_1d")
    assert repr(lineage).splitlines()[-4:] == [
        "├─ feature services that ask for them",
        "│  └─ next_order",
        "└─ models that ask for them",
        "   └─ churn 2",
    ]
    document = lineage.to_dict()
    assert document["feature_services"] == [{"name": "next_order", "columns": ["customer_daily:note"]}]
    assert document["models"] == [{"name": "churn", "version": "2", "columns": ["customer_daily:note"]}]


def test_a_model_of_a_former_version_is_in_the_lineage_of_that_version_alone(store: FeatureStore) -> None:
    store.bind_model("churn", ["customer_daily:note"])
    shop = Shop(store.root, TWO_TEAMS)
    shop.change(("ttl: 30d", "ttl: 20d"), ("    delay: 1h\n", "    delay: 1h\n    version: 2\n"))
    later = shop.applied(NOW)
    assert later.lineage("customer_daily:note").to_dict()["models"] == []
    assert [model["name"] for model in later.lineage("customer_daily@1:note").to_dict()["models"]] == ["churn"]
    assert [model.name for model, _ in _downstream(later, "customer_daily").models] == ["churn"]
    assert _downstream(later, "customer_daily@2").models == ()


NODE = re.compile(r"(\w+)(\[\(|\(\[|\{\{|\[)(\"[^\"\[\]{}()<>|]*\")(\)\]|\]\)|\}\}|\])")
EDGE = re.compile(r"(\w+) -->(?:\|\"[^\"|]*\"\|)? (\w+)")
GROUP = re.compile(r"subgraph (\w+) \[\"[^\"\[\]]*\"\]")
CLOSES = {"[(": ")]", "([": "])", "{{": "}}", "[": "]"}


def _parsed(text: str) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The nodes with their titles, and the edges; every line has to be one of Mermaid's flowchart."""
    head, *lines = text.splitlines()
    assert head == "flowchart LR"
    nodes: dict[str, str] = {}
    edges: set[tuple[str, str]] = set()
    groups: list[str] = []
    for line in map(str.strip, lines):
        if node := NODE.fullmatch(line):
            assert CLOSES[node[2]] == node[4] and node[1] not in nodes, line
            nodes[node[1]] = node[3].strip('"')
        elif edge := EDGE.fullmatch(line):
            edges.add((edge[1], edge[2]))
        elif group := GROUP.fullmatch(line):
            groups.append(group[1])
        else:
            assert line == "end" and groups.pop(), line
    assert not groups
    assert {name for edge in edges for name in edge} == nodes.keys()
    return nodes, edges


def test_lineage_as_mermaid_has_a_node_for_each_thing_and_an_edge_for_each_use(store: FeatureStore) -> None:
    store.bind_model('odd "name" [x] {y}', ["customer_daily:spent_7d"])
    store.bind_model("churn", "next_order")
    lineage = store.lineage("next_order", "customer_daily:orders_1d")
    nodes, edges = _parsed(lineage.to_mermaid())
    named = {(nodes[start], nodes[end]) for start, end in edges}
    assert named == {
        *((name, "spent_7d") for name in ("amount", "customer", "known_at")),
        *((name, "note") for name in ("note", "customer", "known_at")),
        *((name, "orders_1d") for name in ("customer", "known_at")),
        ("spent_7d", "next_order"),
        ("note", "next_order"),
        ("next_order", "churn"),
        ("spent_7d", "odd #34;name#34; #91;x#93; #123;y#125;"),
    }
    assert len(lineage.to_mermaid().splitlines()) == 1 + 4 + len(nodes) + len(edges)
