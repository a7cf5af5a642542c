"""From nobody to somebody: the first admin, what goes on as it was, and what a backup brings along."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import AccessError, RequestError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.featurestore.cli.running import document, invoke
from tests.featurestore.governance.company import NOW, Company
from tests.journeys.shop import ONE_VIEW, Shop


def test_nothing_is_said_or_asked_as_long_as_nobody_is_registered(tmp_path: Path) -> None:
    Shop(tmp_path, ONE_VIEW)
    for command in ("plan", "apply", "lineage customer_daily", "findings", "team list"):
        assert invoke(*command.split(), "--repository", tmp_path).stderr == ""
    store = FeatureStore(tmp_path)
    assert store._opened.guard.mode == "embedded" and store._context.registry.serving.load("access") is None


def test_the_first_admin_is_made_once_and_without_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Shop(tmp_path, ONE_VIEW)
    made = document(invoke("bootstrap", "maria", "--repository", tmp_path, "--json"))
    assert (tmp_path / ".featurestore" / "audit.key").stat().st_mode & 0o777 == 0o600
    again = invoke("bootstrap", "eve", "--repository", tmp_path)
    assert again.exit_code == 5 and "has an admin already" in again.stderr
    monkeypatch.setenv("FEATURESTORE_TOKEN", made["token"])
    assert invoke("bootstrap", "eve", "--repository", tmp_path).exit_code == 5
    people = document(invoke("team", "people", "--repository", tmp_path, "--json"))["principals"]
    assert [(item["name"], item["roles"]) for item in people] == [("maria", {"platform": "admin"})]


def test_the_author_is_the_tokens_principal_and_never_the_machines_user(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "somebody")
    (company.folder / "shop.yaml").write_text((company.folder / "shop.yaml").read_text().replace("maria", "nora"))
    assert company.store("author").apply().principal == "author"
    store = company.store("author")
    (generation,) = store.get_generations("customer_daily")
    (report,) = store.publish(views=["customer_daily"], generation=generation.number, reason="x")
    assert report.hold is not None and report.hold.held_by == "author"
    company.store("root").erase({"customer": "ann"}, reason="asked to")
    assert company.store(None)._context.registry.erasures.all()[0].erased_by == "root"


def test_a_materialize_without_names_is_of_what_one_may_manage(company: Company) -> None:
    store = company.store("author")
    views = store.materialize("2024-04-03").published
    assert {report.view for report in views} == {"customer_daily", "customer_hidden", "xcanaryname"}
    assert {report.view for report in company.store("manager").materialize("2024-04-04").published} == {
        "customer_daily", "customer_hidden",
    }  # fmt: skip
    with pytest.raises(AccessError, match="may manage no feature view"):
        company.store("viewer").materialize()


def test_a_backup_has_the_people_and_no_tokens(company: Company, tmp_path: Path) -> None:
    root = company.store("root")
    root.backup(tmp_path / "backup")
    assert not list((tmp_path / "backup").rglob("tokens*"))
    other = tmp_path / "other"
    other.mkdir()
    for name in ("featurestore.yaml", "shop.yaml"):
        (other / name).write_text((company.folder / name).read_text())
    restored = FeatureStore(other, clock=FixedClock(NOW))
    restored.restore(tmp_path / "backup")
    assert restored.teams.principals() == root.teams.principals()
    assert restored._opened.guard.mode == "trusted"
    with pytest.raises(AccessError, match="unknown, expired or revoked"):
        FeatureStore(other, token=company.tokens["root"]).plan()
    token = restored.tokens.create("viewer").token
    FeatureStore(other, token=token).lineage("customer_daily")
    with pytest.raises(RequestError, match="no feature view"):
        FeatureStore(other, token=restored.tokens.create("stranger").token).lineage("xcanaryname:*")
