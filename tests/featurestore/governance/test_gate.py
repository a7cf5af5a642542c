"""The gate where people have rights: who opens it, what it may insist on, and who may retire or unbind."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pytest

from definitions.durations import DAY
from definitions.errors import AccessError, RequestError, ReuseError
from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from featurestore.finding_words import finding_words
from featurestore.governance.roles import SCOPES
from featurestore.reuse.reach import WORKING_DAYS, working_days_after
from tests.featurestore.governance.company import DEFINITIONS, HIDDEN, STRANGERS, Company

REBUILT: Final = f"""{STRANGERS}\
feature_views:
  - name: sales_view
    entity: customer
    source: orders
    owner: sam
    features:
      - {{name: turnover, agg: sum, of: amount, windows: [7d]}}
"""
COLUMN: Final = "sales_view:turnover_7d"


@dataclass
class Growing:
    """The company in which the team sales, whose gate blocks, is about to build what the shop has."""

    company: Company

    @property
    def action(self) -> tuple[str, str]:
        """What the gate says to its author, and why."""
        (ruling,) = self.company.store("stranger").plan().rulings
        return ruling.action, ruling.why


@pytest.fixture
def growing(company: Company) -> Growing:
    root = company.store("root")
    root.teams.register("boss")
    root.teams.add("sales", "boss", "approver")
    company.tokens["boss"] = root.tokens.create("boss", SCOPES).token
    asked = company.store("stranger").access.request("read", "source:orders", reason="to sell more", to="team:sales")
    company.store("approver").access.approve(asked.id)
    company.store("boss").gate.set_mode("sales", "block")
    company.declare(shop=DEFINITIONS, sales=REBUILT)
    return Growing(company)


def test_a_waiver_is_agreed_to_by_an_approver_of_the_team_who_is_somebody_else(growing: Growing) -> None:
    company = growing.company
    asked = company.store("stranger").waive(COLUMN, "theirs is too late", 30 * DAY)
    assert (asked.approved_by, growing.action[0]) == (None, "refused")
    with pytest.raises(RequestError, match="somebody else has to agree"):
        company.store("stranger").gate.approve(asked.id)
    for name in ("viewer", "approver", "reader"):
        with pytest.raises(AccessError, match="approvers of the team sales may"):
            company.store(name).gate.approve(asked.id)
    assert company.store("boss").gate.approve(asked.id).approved_by == "boss"
    assert growing.action == ("waived", f"waived by boss until {_day(asked.expires_at)}: theirs is too late")
    company.store("stranger").apply()


def test_who_may_approve_does_not_approve_what_they_asked_for(growing: Growing) -> None:
    asked = growing.company.store("boss").waive(COLUMN, "mine", 30 * DAY)
    with pytest.raises(RequestError, match="somebody else has to agree"):
        growing.company.store("boss").gate.approve(asked.id)


def test_only_an_approver_of_a_team_chooses_what_becomes_of_its_rebuilds(growing: Growing) -> None:
    for name in ("stranger", "approver", "viewer"):
        with pytest.raises(AccessError, match="approvers of the team sales may"):
            growing.company.store(name).gate.set_mode("sales", "off")
    assert growing.company.store("viewer").gate.mode("sales") == "block"


def test_any_author_breaks_the_glass_and_it_is_audited_and_told_to_both_owners(growing: Growing) -> None:
    company = growing.company
    with pytest.raises(ReuseError):
        company.store("stranger").apply()
    assert company.store("stranger").apply(break_glass="the site is down").changes
    (entry,) = (each for each in company.store("root").audit.entries(20) if each.action == "break-glass")
    assert (entry.principal, entry.subject) == ("stranger", COLUMN)
    assert json.loads(entry.detail)["reason"] == "the site is down"
    (finding,) = company.store("viewer").findings()
    assert finding.numbers["told"] == ["sam", "maria"]
    assert "stranger broke the glass (the site is down)" in finding_words(finding)


def test_what_the_gate_refuses_says_how_to_come_by_what_is_there(growing: Growing) -> None:
    ask = "featurestore request-access view:customer_daily --reason WHY"
    with pytest.raises(ReuseError) as refused:
        growing.company.store("stranger").apply()
    assert f"its values may not be read yet: feature view 'customer_daily' of the team shop; ask with `{ask}`" in str(
        refused.value
    )
    asked = growing.company.store("stranger").access.request("read", "view:customer_daily", reason="instead of my own")
    growing.company.store("approver").access.approve(asked.id)
    (ruling,) = growing.company.store("stranger").plan().rulings
    assert (ruling.action, ruling.ask) == ("refused", ())


@pytest.mark.parametrize("to", [None, "team:sales"])
def test_a_request_that_was_denied_is_a_waiver(growing: Growing, to: str | None) -> None:
    stranger, approver = growing.company.store("stranger"), growing.company.store("approver")
    asked = stranger.access.request("read", "view:customer_daily", reason="instead of my own", to=to)
    assert growing.action[0] == "refused"
    approver.access.deny(asked.id, reason="we go on without it")
    assert growing.action == (
        "waived",
        f"request {asked.id} to read customer_daily was denied: we go on without it",
    )
    # What was asked for last counts.
    stranger.access.request("read", "view:customer_daily", reason="once more", to=to)
    assert growing.action[0] == "refused"


def test_a_request_that_nobody_answers_for_three_working_days_is_a_waiver(growing: Growing) -> None:
    company = growing.company
    asked = company.store("stranger").access.request("read", "view:customer_daily", reason="instead of my own")
    ends = working_days_after(asked.asked_at, WORKING_DAYS)
    for instant, action in ((ends - 1, "refused"), (ends, "waived")):
        (ruling,) = company.store("stranger", FixedClock(instant)).plan().rulings
        assert ruling.action == action
    assert ruling.why.startswith(f"request {asked.id} to read customer_daily of ")
    company.store("approver").access.approve(asked.id)
    (ruling,) = company.store("stranger", FixedClock(ends)).plan().rulings
    assert ruling.action == "refused"


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        ("2024-04-01T09:30:00", "2024-04-04T09:30:00"),
        ("2024-04-04T09:30:00", "2024-04-09T09:30:00"),
        ("2024-04-05T23:59:59", "2024-04-10T23:59:59"),
        ("2024-04-06T12:00:00", "2024-04-10T12:00:00"),
    ],
    ids=["monday", "thursday", "friday", "saturday"],
)
def test_saturdays_and_sundays_are_no_working_days(asked: str, ends: str) -> None:
    assert working_days_after(parse_instant(asked), 3) == parse_instant(ends)


def test_what_somebody_must_not_see_is_not_insisted_on_and_not_told(growing: Growing) -> None:
    """`customer_hidden:bought_7d` is the sum of pieces, and stranger builds just that."""
    company = growing.company
    company.declare(shop=DEFINITIONS, sales=REBUILT.replace("of: amount", "of: pieces"))
    plan = company.store("stranger").plan()
    assert (plan.reuse, plan.rulings) == ((), ())
    assert company.store("stranger").apply().changes


def test_who_sees_what_is_hidden_is_told_and_not_refused(growing: Growing) -> None:
    company = growing.company
    company.store("approver").gate.set_mode("shop", "block")
    again = "  - name: again\n    entity: customer\n    source: orders\n    features:\n"
    again += "      - {name: bought, agg: sum, of: pieces, windows: [7d]}\n"
    company.declare(shop=f"{DEFINITIONS}{again}", hidden=HIDDEN)
    (ruling,) = company.store("author").plan().rulings
    assert (ruling.reuse.column, ruling.action) == ("again:bought_7d", "warned")
    assert ruling.why.endswith("is hidden, so that not everybody could use it instead")
    assert company.store("author").apply().changes


def test_a_version_is_retired_by_authors_of_its_team_and_what_is_in_use_by_its_admins(company: Company) -> None:
    """The view gets a second version, and somebody goes on with the first."""
    _compute_otherwise(company)
    company.store("author").materialize(views=["customer_daily"])
    for name in ("stranger", "viewer", "author", "approver"):
        with pytest.raises(AccessError, match="admins of the team shop may"):
            company.store(name).retire("customer_daily@1", reason="nobody needs it")
    with pytest.raises(RequestError, match="is in use"):
        company.store("admin").retire("customer_daily@1")
    assert company.store("admin").retire("customer_daily@1", reason="nobody needs it").retired


def test_a_version_that_nobody_uses_is_retired_by_an_author_of_its_team_alone(company: Company) -> None:
    _compute_otherwise(company)
    with (company.folder / "featurestore.yaml").open("a") as file:
        file.write("usage: {quiet: 1d}\n")
    later = {name: _at(company, name, "2024-05-02") for name in ("stranger", "viewer", "author")}
    for name in ("stranger", "viewer"):
        with pytest.raises(AccessError, match="may not manage feature view 'customer_daily'"):
            later[name].retire("customer_daily@1")
    assert later["author"].retire("customer_daily@1").retired


def test_a_model_is_bound_again_and_unbound_by_who_bound_it_its_owner_and_the_platform(company: Company) -> None:
    company.store("reader").bind_model("churn", "customer_daily:*", owner="viewer")
    changes: tuple[Callable[[Any], object], ...] = (
        lambda store: store.unbind_model("churn"),
        lambda store: store.bind_model("churn", "customer_daily:spent_7d"),
    )
    for change in changes:
        with pytest.raises(AccessError, match="may not bind or unbind the model churn, which reader bound"):
            change(company.store("author"))
    assert [model.title for model in company.store("stranger").models()] == ["churn"]
    company.store("viewer").unbind_model("churn")
    company.store("reader").bind_model("churn", "customer_daily:*")
    company.store("root").unbind_model("churn")


def _compute_otherwise(company: Company) -> None:
    """Apply a second version of a view that somebody else uses, so that the first one goes on."""
    reader = company.store("reader")
    reader.get_online_features("customer_daily:*", [{"customer": "ann"}])
    assert reader._opened.flush_usage()
    changed = DEFINITIONS.replace("of: amount", "of: amount + 1")
    company.declare(shop=changed.replace("source: orders", "source: orders\n    version: 2"), hidden=HIDDEN)
    assert company.store("author").apply().changes


def _at(company: Company, name: str, now: str) -> FeatureStore:
    return FeatureStore(company.folder, clock=FixedClock(now), token=company.tokens[name])


def _day(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1e6).date().isoformat()
