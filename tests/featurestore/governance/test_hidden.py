"""What is hidden: nothing of it in any output, error or document of a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from definitions.errors import FeatureStoreError, RequestError
from featurestore import FeatureStore
from featurestore.serve_lifecycles import serve_lifecycles
from tests.featurestore.cli.running import invoke
from tests.featurestore.governance.company import CANARIES, DEFINITIONS, HIDDEN, NOW, STRANGERS, Company

COMMANDS = (
    "plan",
    "apply",
    "findings --settled",
    "findings xcanarynam",
    "check",
    "check xcanarynam",
    "check --suggest xcanarynam",
    "check --accept xcanarysourc:note:in_set --reason x",
    "check xcanarynam --break-glass --reason x",
    "lineage customer_daily",
    "lineage xcanarynam",
    "lineage mixed",
    "lineage customer_daily:*",
    "impact orders",
    "impact xcanarysourc",
    "online customer_daily:* --entity customer=ann",
    "online mixed --entity customer=ann",
    "online xcanarynam:* --entity customer=ann",
    "explain mixed",
    "publish xcanarynam",
    "publish customer_daily --generations",
    "publish xcanarynam --generations",
    "materialize",
    "materialize xcanarynam",
    "compact",
    "vacuum",
    "erase customer=ann --reason x",
    "grant list --all",
    "grant requests --all",
    "request-access view:xcanarynam --reason x",
    "request-access source:xcanarysourc --reason x",
    "approve 6",
    "deny 6 --reason x",
    "revoke 3 --reason x",
    "declassify xcanarynam:xcanaryfeatur_7d --reason x",
    "audit list",
    "audit verify",
    "token list --all",
    "team list",
    "team people",
    "usage",
    "usage customer_daily",
    "usage xcanarynam",
    "usage mixed",
    "impact customer_daily",
    "impact customer_daily --retire",
    "impact xcanarynam --retire",
    "lineage customer_daily --mermaid",
    "retire xcanarynam@1",
    "retire customer_daily",
    "retire mixed",
    "model list",
    "model bind mine xcanarynam:*",
    "model unbind riskx",
    "search spent",
    "search bought",
    "search --formula sum(amount)",
    "search --formula sum(pieces)",
    "search --column orders.pieces",
    "search --column xcanarysourc.pieces",
    "search --like customer_daily:spent_7d",
    "search --like xcanarynam:xcanaryfeatur_7d",
    "plan --sample",
    "waive xcanarynam:xcanaryfeatur_7d --reason x",
    "waive --list",
    "gate",
)
"""Names that are nearly those of what is hidden, so that a suggestion would tell."""

CALLS: tuple[Callable[[FeatureStore], object], ...] = (
    lambda store: store.get_entity_keys("xcanaryname:*"),
    lambda store: store.get_entity_keys("xcanaryname@1:*"),
    lambda store: store.get_entity_keys("xcanaryname@7:*"),
    lambda store: store.get_sample_entities("xcanaryname:*"),
    lambda store: store.get_features_as_of(NOW, "mixed").to_arrow(),
    lambda store: store.get_generations("xcanaryname"),
    lambda store: store.get_online_features(["xcanaryname:xcanaryfeature_7d"], [{"customer": "ann"}]),
    lambda store: store.get_online_features(["xcanaryname@1:*"], [{"customer": "ann"}]),
    lambda store: store.get_online_features("xcanaryservice", [{"customer": "ann"}]),
    lambda store: store.get_historical_features(_spine(), "xcanaryname:*"),
    lambda store: store.get_historical_features(_spine(), "xcanaryname:*", knowledge="2024-04-03"),
    lambda store: store.get_entity_keys("customer_dail:*", knowledge="2024-04-03"),
    lambda store: store.lineage("xcanaryname@1:*"),
    lambda store: store.impact("xcanarysource", "xcanarycolumn"),
    lambda store: store.feature("xcanaryname:xcanaryfeature_7d"),
    lambda store: store.search(like="xcanaryname:xcanaryfeature_7d"),
    lambda store: store.search(column="xcanarysource.xcanarycolumn"),
    lambda store: store.usage.of("xcanaryname:xcanaryfeature_7d"),
    lambda store: store.usage.of("xcanaryname@1"),
    lambda store: store.impact_of("xcanaryname@1:*", retiring=True),
    lambda store: store.retire("xcanaryname@1"),
    lambda store: store.retire("xcanaryname", reason="x"),
    lambda store: store.bind_model("mine", "xcanaryname:*"),
    lambda store: store.waive("xcanaryname:xcanaryfeature_7d", "x", 1),
    lambda store: store.gate.approve(1),
    lambda store: store.access.request("read", "source:orders", reason="x", to="view:xcanaryname"),
)


def _spine() -> pa.Table:
    return pa.table(
        {"customer": ["ann"], "event_timestamp": pa.array([1_712_016_000_000_000], pa.timestamp("us", "UTC"))}
    )


def _leaks(told: str, given: str) -> list[str]:
    """Canaries in what was told, but for those that the stranger said."""
    said = re.findall(r"[a-z0-9]+", given)
    rest = re.sub("|".join(sorted(map(re.escape, said), key=len, reverse=True)) or "$^", "", told)
    return [canary for canary in CANARIES if canary in told and canary not in given] + [
        canary for canary in CANARIES if canary in rest
    ]


@pytest.fixture
def strange(company: Company) -> Company:
    """The company as a stranger has it: without the YAML of what is hidden."""
    company.declare(shop=DEFINITIONS, sales=STRANGERS.replace("region", "district"))
    member = company.store("viewer")
    for features in ("mixed", "xcanaryname:*", "xcanaryservice"):
        member.get_online_features(features, [{"customer": "ann"}])
        member.bind_model(f"of {features[0]}", features, owner="viewer")
    assert member._opened.flush_usage()
    return company


@pytest.mark.parametrize("json", [False, True], ids=["words", "json"])
def test_no_command_of_a_stranger_tells_of_what_is_hidden(
    strange: Company, monkeypatch: pytest.MonkeyPatch, json: bool
) -> None:
    monkeypatch.setenv("FEATURESTORE_TOKEN", strange.tokens["stranger"])
    told = {}
    for command in COMMANDS:
        arguments = (*command.split(), "--repository", strange.folder, "--now", NOW, *(["--json"] if json else []))
        told[command] = invoke(*arguments).output
    assert {command: found for command, text in told.items() if (found := _leaks(text, command))} == {}


def test_no_call_of_a_stranger_tells_of_what_is_hidden(strange: Company) -> None:
    for number, call in enumerate(CALLS):
        with pytest.raises(FeatureStoreError) as raised:
            call(strange.store("stranger"))
        text = str(raised.value)
        asked = "xcanaryname xcanaryfeature xcanarysource xcanarycolumn"
        assert not [canary for canary in ("xcanarydescription", "7654321") if canary in text], (number, text)
        assert raised.value.__cause__ is None or not _leaks(str(raised.value.__cause__), asked)


def test_what_is_hidden_is_told_of_as_what_is_not_there(strange: Company) -> None:
    store = strange.store("stranger")
    for call in (
        lambda name: store.get_online_features([f"{name}:*"], [{"customer": "ann"}]),
        lambda name: store.get_entity_keys(f"{name}:*"),
        lambda name: store.get_entity_keys(f"{name}@1:*"),
        store.lineage,
        store.get_generations,
        lambda name: store.publish(views=[name]),
        lambda name: store.access.request("read", f"view:{name}", reason="x"),
    ):
        told = []
        for name in ("xcanaryname", "xnothingname"):
            with pytest.raises(FeatureStoreError) as raised:
                call(name)
            told.append((type(raised.value), str(raised.value).replace(name, "NAME")))
        assert told[0] == told[1]


def test_a_stranger_neither_retires_nor_breaks_what_it_does_not_see(strange: Company) -> None:
    store = strange.store("stranger")
    assert [change.name for change in store.plan().changes] == ["district", "region"]
    assert {change.name for change in store.apply().changes} == {"district", "region"}
    standing = strange.store("root").lineage("xcanaryname", "mixed").columns
    assert len(standing) == 2


def test_a_name_that_is_hidden_is_taken_and_that_is_all_that_is_said(strange: Company) -> None:
    mine = HIDDEN.replace("team: shop", "team: sales").partition("  - name: xcanaryname")[0]
    guessed = mine.replace("xcanarysource", "mine").replace("data/orders/*.parquet", "data/mine.parquet")
    strange.declare(shop=DEFINITIONS, sales=guessed)
    said = "feature view 'customer_hidden': the name is taken; ask the platform team"
    assert strange.store("stranger").plan().refusals == (said,)
    # The same, letter by letter, is no way to find out what it is.
    strange.declare(shop=DEFINITIONS, hidden=HIDDEN)
    assert said in strange.store("stranger").plan().refusals


def test_the_platform_and_the_team_see_it(company: Company) -> None:
    for name in ("root", "viewer"):
        assert "xcanaryfeature_7d" in repr(company.store(name).lineage("xcanaryname"))


def test_a_frame_of_a_manifest_needs_the_right_to_read(company: Company, tmp_path: Path) -> None:
    owner, stranger = company.store("viewer"), company.store("stranger")
    for view, told in (("customer_daily", "may not read"), ("xcanaryname", "this registry has no")):
        manifest = owner.get_historical_features(_spine(), f"{view}:*").manifest
        with pytest.raises(FeatureStoreError, match=told):
            stranger.get_historical_features(_spine(), manifest=manifest)
    pq.write_table(_spine(), tmp_path / "spine.parquet")
    assert owner.get_historical_features(tmp_path / "spine.parquet", "customer_daily:*").to_arrow().num_rows == 1


def test_who_changes_a_source_is_refused_for_what_is_hidden_and_not_told_what_that_is(company: Company) -> None:
    """A model alone uses the hidden view, which is computed otherwise once the source's files are others."""
    company.store("viewer").bind_model("risk", "customer_hidden:*")
    mine = DEFINITIONS.replace("path: data/orders", "team: sales\n    path: data/orders")
    views = HIDDEN.partition("feature_views:\n")[2].partition("  - name: xcanaryname")[0]
    company.declare(shop=mine, hidden=f"team: shop\nfeature_views:\n{views}", sales=STRANGERS)
    company.store(None).apply()
    company.declare(shop=mine.replace("data/orders/*.parquet", "data/orders/o*.parquet"), sales=STRANGERS)
    with pytest.raises(RequestError) as refused:
        company.store("stranger").apply()
    assert str(refused.value) == (
        "something that you cannot see is in use and would change; ask the platform team\nnothing was applied"
    )


def test_who_changes_a_source_is_not_told_which_hidden_views_read_it(company: Company) -> None:
    mine = DEFINITIONS.replace("path: data/orders", "team: sales\n    path: data/orders")
    views = HIDDEN.partition("sources:\n")[2].partition("feature_views:\n")[2].partition("  - name: xcanaryname")[0]
    hidden = f"team: shop\nfeature_views:\n{views}"
    company.declare(shop=mine, hidden=hidden, sales=STRANGERS)
    company.store(None).apply()
    company.declare(shop=mine.replace("data/orders/*.parquet", "data/orders/o*.parquet"), sales=STRANGERS)
    store = company.store("stranger")
    assert "hidden" not in str(store.plan())
    assert {change.name for change in store.apply().changes} == {"orders", "customer_daily"}
    assert company.store("root").audit.entries(1)[0].detail.count("customer_hidden") == 1


def test_what_somebody_retires_leaves_the_lifecycles_of_what_they_do_not_see(company: Company) -> None:
    text = HIDDEN.replace(
        "    visibility: hidden\n    features:", "    visibility: hidden\n    lifecycle: retired\n    features:", 1
    )
    company.declare(shop=DEFINITIONS, hidden=text, sales=STRANGERS)
    company.store(None).apply()
    store = company.store("stranger")
    assert "customer_hidden" not in store._opened.seen.applied().repository.feature_views
    serve_lifecycles(store._opened.seen)
    with pytest.raises(FeatureStoreError, match="'customer_hidden' is retired"):
        company.store("author").get_online_features("customer_hidden:*", [{"customer": "ann"}])
