"""Requests and grants: two principals, decided once, for as long as they say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from definitions.durations import DAY
from definitions.errors import AccessError, ConflictError, RequestError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.plan_changes import apply_repository
from featurestore.registry.acting import Acting
from tests.featurestore.cli.running import document, invoke
from tests.featurestore.governance.company import DEFINITIONS, NOW, STRANGERS, Company
from tests.journeys.shop import ONE_VIEW, Shop

ASKED = (["customer_daily:*"], [{"customer": "ann"}])


def test_what_is_asked_for_and_approved_by_another_may_be_read_until_it_is_revoked(company: Company) -> None:
    stranger, approver = company.store("stranger"), company.store("approver")
    with pytest.raises(AccessError, match="request-access view:customer_daily"):
        stranger.get_online_features(*ASKED)
    request = stranger.access.request("read", "view:customer_daily", reason="churn model")
    assert stranger.access.request("read", "view:customer_daily", reason="churn model") == request
    assert request in approver.access.requests()
    approver.access.approve(request.id, reason="fine")
    stranger._opened.guard.known.forget()
    assert stranger.get_online_features(*ASKED).to_dict()["spent_7d"] == [2.5]
    (grant,) = stranger.access.grants()
    assert (grant.approved_by, grant.self_approved) == ("approver", False)
    approver.access.revoke(grant.id, reason="the model is gone")
    stranger._opened.guard.known.forget()
    with pytest.raises(AccessError):
        stranger.get_online_features(*ASKED)


def test_nobody_approves_what_they_asked_for_or_would_get(company: Company) -> None:
    approver, admin = company.store("approver"), company.store("admin")
    for to in (None, "principal:stranger"):
        request = approver.access.request("read", "view:customer_daily", reason="x", to=to)
        with pytest.raises(RequestError, match="your own; somebody else"):
            approver.access.approve(request.id)
        assert admin.access.approve(request.id).decided_by == "admin"
    given = company.store("stranger").access.request("read", "source:orders", reason="x", to="principal:approver")
    with pytest.raises(RequestError, match="your own"):
        approver.access.approve(given.id)


def test_nor_does_a_trusted_administrator(company: Company) -> None:
    trusted = company.store(None)
    request = trusted.access.request("read", "view:customer_daily", reason="x", to="principal:stranger")
    assert request.state == "open"
    with pytest.raises(RequestError, match="your own"):
        trusted.access.approve(request.id)


def test_a_request_is_decided_once(company: Company) -> None:
    approver = company.store("approver")
    assert approver.access.deny(3, reason="not needed").state == "denied"
    for decide in (approver.access.approve, company.store("admin").access.approve):
        with pytest.raises(RequestError, match="was denied by approver already"):
            decide(3)
    with pytest.raises(RequestError, match="say why"):
        approver.access.deny(6, reason=" ")


def test_a_grant_ends_when_it_says_and_no_clock_brings_it_back(company: Company) -> None:
    request = company.store("stranger").access.request("read", "view:customer_daily", reason="x", expires="30d")
    company.store("approver").access.approve(request.id)
    assert request.wanted.expires_at is not None
    clock = FixedClock(request.wanted.expires_at - 1)
    store = company.store("stranger", clock)
    store.get_online_features(*ASKED)
    for step in (1, -DAY):
        clock.advance(step)
        store._opened.guard.known.forget()
        with pytest.raises(AccessError):
            store.get_online_features(*ASKED)
    assert store.access.grants() == ()


def test_a_grant_to_a_team_is_its_members(company: Company) -> None:
    request = company.store("stranger").access.request("read", "view:customer_daily", reason="x", to="team:sales")
    company.store("approver").access.approve(request.id)
    company.store("stranger").get_online_features(*ASKED)
    company.store("root").teams.remove("sales", "stranger")
    with pytest.raises(AccessError):
        company.store("stranger").get_online_features(*ASKED)


def test_a_view_on_anothers_source_is_no_wider_than_that(company: Company) -> None:
    """The stranger may read the source and makes a view of it; its own team may read the view once the source's owner
    grants the source to the view, and not before."""
    view = DEFINITIONS.partition("feature_views:\n")[2].replace("customer_daily", "sales_view")
    sales = f"{STRANGERS}feature_views:\n{view}"
    company.declare(shop=DEFINITIONS, sales=sales)
    stranger, approver, root = company.store("stranger"), company.store("approver"), company.store("root")
    refused = "feature view 'sales_view': stranger may not read source 'orders' of the team shop; ask with"
    assert stranger.plan().refusals[0].startswith(refused)
    with pytest.raises(AccessError, match="nothing was applied"):
        stranger.apply()
    request = stranger.access.request("read", "source:orders", reason="x")
    approver.access.approve(request.id)
    stranger._opened.guard.known.forget()
    stranger.apply()
    stranger.materialize()
    asked = (["sales_view:*"], [{"customer": "ann"}])
    stranger.get_online_features(*asked)
    root.teams.add("sales", "reader")
    reader = company.store("reader")
    with pytest.raises(AccessError, match="sources that reader may not read: source 'orders'"):
        reader.get_online_features(*asked)
    opening = stranger.access.request("read", "source:orders", reason="totals only", to="view:sales_view")
    approver.access.approve(opening.id)
    reader._opened.guard.known.forget()
    reader.get_online_features(*asked)
    with pytest.raises(AccessError):
        company.store("manager").get_online_features(*asked)


def test_where_nobody_is_registered_a_request_approves_itself_and_is_marked_so(tmp_path: Path) -> None:
    store = Shop(tmp_path, ONE_VIEW).applied(NOW)
    request = store.access.request("read", "view:customer_daily", reason="a model", to="principal:ann")
    assert request.state == "approved"
    (grant,) = store.access.grants()
    assert grant.self_approved
    with pytest.raises(RequestError, match="there is no view:customer_dayly; did you mean 'customer_daily'"):
        store.access.request("read", "view:customer_dayly", reason="x")


def test_two_who_decide_at_once_decide_once(company: Company) -> None:
    grants = company.store(None)._context.registry.grants
    grants.approve(3, "", Acting("approver", "token", 1))
    with pytest.raises(RequestError, match="was approved by approver already"):
        grants.deny(3, "no", Acting("admin", "token", 1))
    assert sum(grant.request_id == 3 for grant in grants.all()) == 1


def test_who_left_leaves_orphans_until_they_have_another_owner(company: Company) -> None:
    root = company.store("root")
    root.teams.register("maria")
    root.teams.leave("maria")
    (found,) = [item for item in root.findings() if item.kind == "orphan"]
    assert (found.subject, found.numbers["owner"]) == ("feature view customer_daily", "maria")
    company.declare(shop=DEFINITIONS.replace("maria", "nora"))
    company.store("author").apply()
    assert [item for item in root.findings() if item.kind == "orphan"] == []


def test_a_view_changes_teams_only_by_who_writes_for_both(company: Company) -> None:
    company.declare(shop=DEFINITIONS.replace("    owner: maria", "    owner: maria\n    team: sales"))
    with pytest.raises(AccessError, match="author is no author of the team sales"):
        company.store("author").apply()
    company.store("root").teams.add("sales", "author", "author")
    company.store("root").teams.add("shop", "author", "viewer")
    with pytest.raises(AccessError, match="author is no author of the team shop"):
        company.store("author").apply()
    company.store("root").teams.add("shop", "author", "author")
    assert [change.name for change in company.store("author").apply().changes if change.what == "metadata"] == [
        "customer_daily"
    ]
    assert company.store("root").audit.entries(1)[0].principal == "author"


@pytest.mark.parametrize("files", ["orders/*", "orders/orders", "*/*", "**/*"])
def test_the_rows_of_anothers_source_are_not_read_by_another_name(company: Company, files: str) -> None:
    source = DEFINITIONS.partition("sources:\n")[2].partition("feature_views")[0]
    mine = source.replace("name: orders", "name: mine").replace("data/orders/*.parquet", f"data/{files}.parquet")
    company.declare(shop=DEFINITIONS, sales=f"{STRANGERS}sources:\n{mine}")
    refusals = company.store("stranger").plan().refusals
    assert any("source 'mine': its rows may be another source's; stranger may not read source 'orders'" in each
               for each in refusals)  # fmt: skip
    assert any("source 'mine': its rows may be those of another source; ask the platform" in each for each in refusals)


def test_the_commands_ask_approve_and_revoke(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(name: str, *arguments: str) -> dict[str, object]:
        monkeypatch.setenv("FEATURESTORE_TOKEN", company.tokens[name])
        found = document(invoke(*arguments, "--repository", company.folder, "--json"))
        assert isinstance(found, dict)
        return found

    asked = run("stranger", "request-access", "view:customer_daily", "--reason", "a model", "--expires", "30d")
    assert (asked["state"], asked["to"]) == ("open", "principal:stranger")
    number = str(asked["request"])
    assert run("approver", "approve", number)["decided_by"] == "approver"
    (grant,) = run("stranger", "grant", "list")["grants"]  # type: ignore[misc]
    assert run("stranger", "revoke", str(grant["grant"]), "--reason", "done")["revoked"]


def test_a_command_without_a_token_says_once_that_nobody_is_held_to_rights(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FEATURESTORE_TOKEN", raising=False)
    told = invoke("lineage", "customer_daily", "--repository", company.folder).stderr
    assert told.count("trusted-administrator mode") == 1
    assert FeatureStore(company.folder)._opened.guard.mode == "trusted"


def test_two_teams_that_apply_at_once_lose_nothing_of_each_other(company: Company, tmp_path: Path) -> None:
    company.store("root").teams.add("shop", "viewer", "author")
    folders = {}
    for name, team in (("stranger", "sales"), ("viewer", "shop")):
        folder = tmp_path / name
        folder.mkdir()
        registry = company.folder / ".featurestore" / "registry.db"
        (folder / "featurestore.yaml").write_text(f"project: shop\nregistry: sqlite:///{registry}\n")
        texts = {"sales": STRANGERS, "shop": DEFINITIONS}
        entities = "".join(f"  - {{name: {name}_{number}, keys: {{k: string}}}}\n" for number in range(3))
        texts[team] = texts[team].replace("entities:\n", f"entities:\n{entities}")
        for file, text in texts.items():
            (folder / f"{file}.yaml").write_text(text)
        folders[name] = folder

    def apply(name: str) -> None:
        while True:
            try:
                FeatureStore(folders[name], token=company.tokens[name]).apply()
            except ConflictError:
                continue
            return

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(apply, folders))
    standing = company.store(None)._context.applied().repository.entities
    assert {f"{name}_{number}" for name in folders for number in range(3)} <= standing.keys()


def test_what_was_made_over_an_earlier_revision_is_not_applied(company: Company) -> None:
    context = company.store(None)._context
    applied = context.applied()
    earlier, acting = replace(applied, revision=applied.revision - 1), Acting("root", "trusted", 0)
    without_views = applied.repository.model_copy(update={"feature_views": {}, "feature_services": {}})
    with pytest.raises(ConflictError, match="apply again"):
        apply_repository(context, earlier, without_views, None, acting)
    assert context.applied().repository == applied.repository
    for former in (earlier, applied):
        assert apply_repository(context, former, applied.repository, None, acting).changes == ()
