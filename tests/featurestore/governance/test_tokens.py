"""Tokens: shown once, for as long and as much as they say, of no use once revoked."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from definitions.durations import DAY
from definitions.errors import AccessError, RequestError
from featurestore import FeatureStore
from featurestore.clock import FixedClock, SystemClock
from featurestore.governance.roles import SCOPES
from featurestore.revision_poll import POLL_SECONDS
from tests.featurestore.cli.running import document, invoke
from tests.featurestore.governance.company import NOW, Company

ASKED = (["customer_daily:*"], [{"customer": "ann"}])


def _opened(company: Company, token: str, wall_clock: FixedClock | None = None) -> FeatureStore:
    return FeatureStore(company.folder, clock=FixedClock(NOW), token=token, wall_clock=wall_clock)


def test_the_secret_of_a_token_is_nowhere_in_the_registry(company: Company) -> None:
    made = company.store("viewer").tokens.create("viewer")
    secret = made.token.rpartition("_")[2]
    assert len(bytes.fromhex(secret)) == 32
    for file in (company.folder / ".featurestore").rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert secret.encode() not in held and bytes.fromhex(secret) not in held
    assert secret not in repr(made) and secret not in repr(_opened(company, made.token)._opened.guard)


@pytest.mark.parametrize("text", ["", "fst_", "fst_0123456789ab_" + "0" * 64, "root", "' OR 1=1 --", "fst_é_é"])
def test_a_text_that_is_no_token_is_refused_without_being_told(company: Company, text: str) -> None:
    with pytest.raises(AccessError) as raised:
        _opened(company, text).get_online_features(*ASKED)
    assert str(raised.value) == "the token is unknown, expired or revoked; ask the platform team for another"


def test_a_token_with_another_secret_is_refused(company: Company) -> None:
    token = company.tokens["viewer"]
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    with pytest.raises(AccessError):
        _opened(company, other).lineage("customer_daily")


def test_an_empty_variable_is_no_permission(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_TOKEN", "")
    with pytest.raises(AccessError):
        FeatureStore(company.folder).lineage("customer_daily")


def test_a_token_where_nobody_is_registered_is_refused(tmp_path: Path, company: Company) -> None:
    assert invoke("init", tmp_path / "new").exit_code == 0
    assert invoke("apply", "--repository", tmp_path / "new").exit_code == 0
    with pytest.raises(AccessError, match="knows nobody"):
        FeatureStore(tmp_path / "new", token=company.tokens["root"]).plan()


def test_a_revoked_token_is_of_no_use_to_a_store_that_works_with_it(company: Company) -> None:
    store = company.store("viewer")
    store.get_online_features(*ASKED)
    identity = company.tokens["viewer"].split("_")[1]
    company.store("root").tokens.revoke(identity)
    revoked_at = time.monotonic()
    while time.monotonic() - revoked_at < 30:
        try:
            store.get_online_features(*ASKED)
        except AccessError:
            break
        time.sleep(0.05)
    assert time.monotonic() - revoked_at < POLL_SECONDS + 1
    with pytest.raises(AccessError):
        store.lineage("customer_daily")


def test_a_token_expires_at_its_instant_by_the_wall_clock_alone(company: Company) -> None:
    made = company.store("viewer").tokens.create("viewer", expires="1d")
    clock = FixedClock(made.expires_at - 1)
    store = _opened(company, made.token, clock)
    store.get_online_features(*ASKED)
    clock.advance(1)
    store._opened.guard.known.forget()
    with pytest.raises(AccessError, match="expired"):
        store.get_online_features(*ASKED)
    # Data may be looked at as of any time; a token may not.
    command = ("online", "customer_daily:*", "--entity", "customer=ann", "--repository", company.folder, "--now", NOW)
    clock.set(SystemClock().now() + 2 * DAY)
    assert invoke(*command).exit_code == 0


def test_a_clock_that_goes_back_brings_no_token_to_life(company: Company) -> None:
    made = company.store("viewer").tokens.create("viewer", expires="1h")
    clock = FixedClock(made.expires_at)
    store = _opened(company, made.token, clock)
    for now in (made.expires_at, made.expires_at - DAY):
        clock.set(now)
        store._opened.guard.known.forget()
        with pytest.raises(AccessError):
            store.lineage("customer_daily")
    # Nor in another process, once somebody has changed anything after the end.
    later = company.store("root", FixedClock(made.expires_at + 1))
    later.teams.register("late")
    company.store("root", FixedClock(made.expires_at - DAY)).teams.register("early")
    with pytest.raises(AccessError):
        _opened(company, made.token, FixedClock(made.expires_at - DAY)).lineage("customer_daily")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_limits_what_its_principal_may(company: Company, scope: str) -> None:
    token = company.store("root").tokens.create("admin", [scope]).token
    store = _opened(company, token)
    acts = {
        "read": lambda: store.get_online_features(*ASKED),
        "manage": lambda: store.publish(views=["customer_daily"]),
        "approve": lambda: store.access.approve(3),
        "administer": lambda: store.teams.add("shop", "reader"),
    }
    for name, act in acts.items():
        if name == scope:
            act()
        else:
            with pytest.raises(AccessError, match="this token of admin is for"):
                act()
    store.lineage("customer_daily")


def test_a_token_makes_none_that_is_wider_or_longer_or_somebody_elses(company: Company) -> None:
    narrow = company.store("viewer").tokens.create("viewer", ["discover"], "2d").token
    store = _opened(company, narrow)
    assert store.tokens.create("viewer", ["discover"], "1d").scopes == ("discover",)
    for principal, scopes, expires in (
        ("viewer", ["read"], "1d"), ("viewer", ["discover"], "3d"), ("admin", ["discover"], "1d"),
    ):  # fmt: skip
        with pytest.raises(AccessError):
            store.tokens.create(principal, scopes, expires)
    with pytest.raises(RequestError, match="366 days"):
        company.store("root").tokens.create("viewer", expires="400d")


def test_nobody_sees_or_revokes_tokens_of_others(company: Company) -> None:
    store = company.store("viewer")
    assert {item.principal for item in store.tokens.list()} == {"viewer"}
    with pytest.raises(RequestError, match="that you could revoke"):
        store.tokens.revoke(company.tokens["root"].split("_")[1])


def test_who_left_has_no_token_and_no_name_for_anybody_else(company: Company) -> None:
    with pytest.raises(AccessError):
        company.store("gone").teams.list()
    root = company.store("root")
    with pytest.raises(RequestError, match="never used twice"):
        root.teams.register("gone")
    with pytest.raises(RequestError, match="nobody here"):
        root.tokens.create("gone")
    with pytest.raises(RequestError, match="last admin"):
        root.teams.leave("root")


def test_commands_make_and_revoke_tokens(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_TOKEN", company.tokens["root"])
    at = ("--repository", company.folder, "--json")
    made = document(invoke("token", "create", "author", "--scope", "manage", "--expires", "7d", *at))
    assert made["scopes"] == ["discover", "manage"] and made["token"].startswith(f"fst_{made['id']}_")
    assert document(invoke("token", "revoke", made["id"], *at)) == {"id": made["id"], "revoked": True}
    listed = document(invoke("token", "list", "--all", *at))["tokens"]
    assert [item["id"] for item in listed if item["revoked_at"] and item["principal"] == "author"] == [made["id"]]
    assert made["token"] not in str(listed)


@pytest.mark.parametrize("name", ["'; DROP TABLE tokens; --", "a b", "../x", "A", "", "x" * 200, "[red]", "a\nb"])
def test_names_are_names_and_nothing_else(company: Company, name: str) -> None:
    root = company.store("root")
    for act in (root.teams.register, root.teams.create):
        with pytest.raises(RequestError, match="is no name"):
            act(name)
    for call in (
        lambda: root.teams.add(name, "viewer"),
        lambda: root.teams.add("shop", name),
        lambda: root.tokens.revoke(name),
        lambda: root.access.request("read", f"view:{name}", reason="x"),
        lambda: root.access.request("read", "view:customer_daily", reason="x", to=f"team:{name}"),
        lambda: root.access.request(name, "view:customer_daily", reason="x"),
    ):
        with pytest.raises(RequestError):
            call()
    with sqlite3.connect(company.folder / ".featurestore" / "registry.db") as connection:
        assert connection.execute("SELECT count(*) FROM tokens").fetchone()[0] == len(company.tokens)


def test_a_clock_that_was_far_ahead_ends_tokens_and_new_ones_work(company: Company) -> None:
    company.store(None, FixedClock("2128-01-01")).teams.create("early")
    with pytest.raises(AccessError):
        company.store("viewer").lineage("customer_daily")
    made = company.store(None).tokens.create("viewer")
    _opened(company, made.token).lineage("customer_daily")
