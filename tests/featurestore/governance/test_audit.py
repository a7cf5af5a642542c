"""The audit: everything is in it, and each kind of tampering is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from definitions.errors import AccessError, ConfigurationError
from featurestore.clock import FixedClock
from featurestore.governance.audit_chain import GENESIS, AuditEntry, seal_entry, verify_chain
from tests.featurestore.cli.running import document, invoke
from tests.featurestore.governance.company import Company

KEY = b"k" * 32


def _tamper(company: Company, *statements: str) -> None:
    connection = sqlite3.connect(company.folder / ".featurestore" / "registry.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


TAMPERINGS = {
    "an edit": ("UPDATE audit SET principal = 'nobody' WHERE sequence = 5",),
    "an edit of the detail": ("UPDATE audit SET detail = '[]' WHERE sequence = 5",),
    "an edit of the last": ("UPDATE audit SET action = 'x' WHERE sequence = (SELECT max(sequence) FROM audit)",),
    "a deletion": ("DELETE FROM audit WHERE sequence = 7",),
    "a deletion of the first": ("DELETE FROM audit WHERE sequence = 1",),
    "a deletion closed up": (
        "DELETE FROM audit WHERE sequence = 7",
        "UPDATE audit SET sequence = sequence - 1 WHERE sequence > 7",
        "UPDATE counters SET value = value - 1 WHERE name = 'audit'",
    ),
    "a reorder": (
        "UPDATE audit SET sequence = -1 WHERE sequence = 5",
        "UPDATE audit SET sequence = 5 WHERE sequence = 6",
        "UPDATE audit SET sequence = 6 WHERE sequence = -1",
    ),
    "a seal taken off": ("UPDATE audit SET seal = NULL WHERE sequence = 5",),
    "a seal of another": ("UPDATE audit SET seal = (SELECT seal FROM audit WHERE sequence = 6) WHERE sequence = 5",),
    "a truncation": ("DELETE FROM audit WHERE sequence > 9",),
    "a truncation that is covered up": (
        "DELETE FROM audit WHERE sequence > 9",
        "UPDATE counters SET value = 9 WHERE name = 'audit'",
    ),
    "seals taken off the end": ("UPDATE audit SET seal = NULL, principal = 'x' WHERE sequence > 9",),
    "everything gone": ("DELETE FROM audit", "UPDATE counters SET value = 0 WHERE name = 'audit'"),
}
ONLY_BY_AN_ANCHOR = {"a truncation that is covered up", "seals taken off the end", "everything gone"}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_each_kind_of_tampering_is_found_against_an_anchor(company: Company, tmp_path: Path, what: str) -> None:
    root = company.store("root")
    anchor = tmp_path / "anchor.json"
    anchor.write_text(root.audit.anchor().to_json())
    assert root.audit.verify([anchor]).problems == root.audit.verify().problems == ()
    _tamper(company, *TAMPERINGS[what])
    assert root.audit.verify([anchor]).problems != ()
    assert (root.audit.verify().problems == ()) == (what in ONLY_BY_AN_ANCHOR)


def test_what_is_added_later_goes_on_behind_an_anchor(company: Company, tmp_path: Path) -> None:
    root = company.store("root")
    anchor = tmp_path / "anchor.json"
    anchor.write_text(root.audit.anchor().to_json())
    root.teams.create("more")
    assert root.audit.verify([anchor]).problems == ()


def test_everything_is_audited_with_who_and_how(company: Company) -> None:
    root, stranger = company.store("root"), company.store("stranger")
    before = len(root.audit.entries())
    with pytest.raises(AccessError):
        stranger.get_online_features(["customer_daily:*"], [{"customer": "ann"}])
    with pytest.raises(AccessError):
        stranger.get_online_features(["customer_daily:*"], [{"customer": "ann"}])
    root.access.request("read", "view:customer_daily", reason="x")
    company.store("approver").access.deny(3, reason="no")
    token = root.tokens.create("viewer")
    root.tokens.revoke(token.id)
    company.declare(sales="team: sales\nentities:\n  - {name: region, keys: {region: string}, description: R}\n")
    stranger.apply()
    told = [(entry.principal, entry.mode, entry.action, entry.subject) for entry in root.audit.entries()[before:]]
    assert told == [
        ("stranger", "token", "refuse", "feature view 'customer_daily'"),
        ("root", "token", "request-access", "read view:customer_daily"),
        ("approver", "token", "deny", "manage view:customer_daily"),
        ("root", "token", "create-token", token.id),
        ("root", "token", "revoke-token", token.id),
        ("stranger", "token", "apply", "revision 2"),
    ]
    assert [entry.sequence for entry in root.audit.entries()] == list(range(1, before + 7))
    assert token.token not in str(root.audit.entries())


def test_the_order_is_that_of_what_happened_whatever_the_clock_says(company: Company) -> None:
    for number, instant in enumerate((5_000_000_000_000_000, 5)):
        company.store(None, FixedClock(instant)).teams.create(f"t{number}")
    found = company.store(None).audit.entries(2)
    assert [(entry.subject, entry.at) for entry in found] == [("t0", 5_000_000_000_000_000), ("t1", 5)]
    assert company.store(None).audit.verify().problems == ()


def test_without_the_key_nothing_is_sealed_until_somebody_has_it(company: Company) -> None:
    key = company.folder / ".featurestore" / "audit.key"
    away = key.rename(company.folder / "elsewhere")
    root = company.store("root")
    root.teams.create("more")
    assert root.audit.entries(1)[0].seal is None
    with pytest.raises(ConfigurationError, match="verify where it is"):
        root.audit.verify()
    away.rename(key)
    assert root.audit.verify().unsealed == 1
    root.teams.create("again")
    assert (root.audit.verify().unsealed, root.audit.verify().problems) == (0, ())


def test_a_key_that_others_may_read_is_refused(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    key = company.folder / ".featurestore" / "audit.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600") as raised:
        company.store("root").audit.verify()
    assert key.read_text() not in str(raised.value)
    monkeypatch.setenv("FEATURESTORE_AUDIT_KEY", key.read_text())
    assert company.store("root").audit.verify().problems == ()
    monkeypatch.setenv("FEATURESTORE_AUDIT_KEY", "abcd")
    with pytest.raises(ConfigurationError, match="holds no key"):
        company.store("root").audit.verify()


def test_only_the_platform_reads_the_audit(company: Company) -> None:
    for act in (lambda store: store.audit.entries(), lambda store: store.audit.verify(), lambda s: s.audit.anchor()):
        with pytest.raises(AccessError):
            act(company.store("admin"))


def test_the_commands_verify_and_say_by_their_exit_code(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_TOKEN", company.tokens["root"])
    at = ("--repository", company.folder)
    anchor = company.folder / "anchor.json"
    assert invoke("audit", "anchor", "--out", anchor, *at).exit_code == 0
    whole = invoke("audit", "verify", "--anchor", anchor, *at)
    assert whole.exit_code == 0 and "the audit is whole, against 1 anchor." in whole.stdout
    assert document(invoke("audit", "list", "--last", "1", "--json", *at))["entries"][0]["sealed"]
    _tamper(company, *TAMPERINGS["a deletion"])
    found = invoke("audit", "verify", "--json", *at)
    assert found.exit_code == 1
    assert "entry 7 is missing" in json.loads(found.stdout)["problems"]
    (company.folder / "no.json").write_text("[]")
    assert invoke("audit", "verify", "--anchor", company.folder / "no.json", *at).exit_code == 5


def _chain(length: int) -> list[AuditEntry]:
    entries, former = [], GENESIS
    for number in range(1, length + 1):
        entry = AuditEntry(number, 0, f"p{number}", "token", "a", "s", "{}")
        former = seal_entry(KEY, former, entry)
        entries.append(AuditEntry(number, 0, f"p{number}", "token", "a", "s", "{}", former))
    return entries


@pytest.mark.parametrize("forge", [
    lambda chain: [*chain[:2], *chain[3:]],
    lambda chain: [chain[1], chain[0], *chain[2:]],
    lambda chain: [*chain, chain[-1]],
])  # fmt: skip
def test_a_chain_is_whole_as_it_was_written_only(forge: Callable[[list[AuditEntry]], list[AuditEntry]]) -> None:
    chain = _chain(6)
    assert verify_chain(KEY, chain, 6) == ()
    assert verify_chain(KEY, forge(chain), 6) != ()
    assert verify_chain(b"x" * 32, chain, 6) != ()
