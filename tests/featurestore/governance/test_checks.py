"""Checks where people have rights: who runs them, who lets pass what they hold, and who is told of it."""

from __future__ import annotations

from typing import Final

import pytest

from definitions.errors import AccessError, RequestError
from tests.featurestore.governance.company import CANARIES, DEFINITIONS, HIDDEN, STRANGERS, Company

AMOUNT: Final = "orders:amount:range"


def _expecting(text: str, check: str) -> str:
    """The definitions with what is expected of their first source."""
    before, timestamp, after = text.partition("    timestamp: known_at\n")
    return f"{before}{timestamp}    expect: [{check}]\n{after}"


@pytest.fixture
def held(company: Company) -> Company:
    """The company in which a day of orders is held back, and one of a hidden source."""
    company.declare(
        shop=_expecting(DEFINITIONS, "{check: range, column: amount, max: 1, severity: block}"),
        hidden=_expecting(HIDDEN, "{check: in_set, column: note, values: [xcanarycolumn], severity: block}"),
        sales=STRANGERS,
    )
    store = company.store("admin")
    store.apply()
    store.materialize(full=True)
    return company


def test_approvers_accept_what_is_held_and_nobody_else(held: Company) -> None:
    for name in ("viewer", "author", "reader"):
        with pytest.raises(AccessError, match="approvers of the team shop may"):
            held.store(name).checks.accept(AMOUNT, "it is known")
    accepted = held.store("approver").checks.accept(AMOUNT, "it is known")
    assert accepted.subject == AMOUNT
    last = held.store("root").audit.entries()[-1]
    assert (last.principal, last.action, last.subject) == ("approver", "accept-finding", AMOUNT)


def test_authors_break_the_glass_and_viewers_do_not(held: Company) -> None:
    with pytest.raises(AccessError):
        held.store("viewer").checks.break_glass(["customer_daily"], "urgent")
    passed = held.store("author").checks.break_glass(["customer_daily"], "urgent")
    assert [finding.subject for finding in passed] == [AMOUNT]
    actions = [entry.action for entry in held.store("root").audit.entries()]
    assert "break-glass" in actions


def test_who_manages_nothing_runs_no_checks(held: Company) -> None:
    for name in ("viewer", "stranger", "reader"):
        with pytest.raises(AccessError):
            held.store(name).checks.run()


def test_a_stranger_learns_nothing_of_what_hidden_sources_are_like(held: Company) -> None:
    stranger = held.store("stranger")
    told = repr(stranger.findings(settled=True))
    for view in ("xcanaryname", "customer_hidden"):
        with pytest.raises((RequestError, AccessError)) as refused:
            stranger.checks.run([view])
        told += str(refused.value).replace(view, "")
    with pytest.raises(RequestError) as refused:
        stranger.checks.accept("ycanarysource:note:in_set", "why not")
    told += str(refused.value).replace("ycanarysource", "")
    assert not [canary for canary in CANARIES if canary in told]


def test_managers_see_rows_only_if_they_may_read_their_sources(held: Company) -> None:
    (by_author,) = held.store("author").checks.run(["customer_daily"]).broken
    assert by_author.rows[0]["amount"] == 2.5
    (by_manager,) = held.store("manager").checks.run(["customer_daily"]).broken
    assert by_manager.rows == ()
