"""The gate: when rebuilds are told, refused, waived or let through by force, and what remains of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.durations import DAY
from definitions.errors import RequestError, ReuseError
from featurestore.finding_words import finding_words
from featurestore.promises import LATE_ROWS, PUBLISHING_LAG
from featurestore.registry.feature_columns import FeatureColumnRegistry
from tests.featurestore.reuse.company import FIRST_DAY, NEW, THERE, WEEKS_LATER, store_at, write_company
from tests.journeys.shop import raising


def actions(root: Path, instant: str = WEEKS_LATER) -> dict[str, str]:
    return {ruling.reuse.column: ruling.action for ruling in store_at(root, instant).plan().rulings}


def test_in_its_first_month_a_store_only_warns(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    assert set(actions(root, "2024-03-30T00:00:00Z").values()) == {"warned"}
    assert store_at(root, "2024-03-30T00:00:00Z").apply().changes


def test_later_a_rebuild_is_refused_with_what_to_write_instead_and_nothing_is_applied(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    store = store_at(root, WEEKS_LATER)
    with pytest.raises(ReuseError) as refused:
        store.apply()
    told = str(refused.value)
    assert "buyers:revenue_28d exists as spending:spent_28d" in told
    assert "- {view: spending, features: [spent_28d], join_keys: {customer: buyer}}" in told
    assert "featurestore waive buyers:revenue_28d" in told
    assert {change.name for change in store.plan().changes} == {"buyer", "buyers"}


def test_what_was_active_before_is_never_touched(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    store_at(root, FIRST_DAY).apply()
    (root / "growth.yaml").write_text(NEW.replace("team: growth", "team: growth\n# a comment", 1).replace(
        "{name: channels, agg: count_distinct, of: channel", "{name: channels, agg: count, of: channel"))  # fmt: skip
    assert actions(root) == {}
    assert store_at(root, WEEKS_LATER).apply().changes


def test_a_draft_passes_and_the_gate_acts_when_it_becomes_active(tmp_path: Path) -> None:
    draft = NEW.replace("    every: 24h\n", "    every: 24h\n    lifecycle: draft\n")
    root = write_company(tmp_path, growth=draft)
    assert set(actions(root).values()) == {"passed"}
    store_at(root, WEEKS_LATER).apply()
    (root / "growth.yaml").write_text(NEW)
    assert set(actions(root).values()) == {"refused"}


@pytest.mark.parametrize(("mode", "action"), [("off", "passed"), ("warn", "warned"), ("block", "refused")])
def test_a_team_chooses_what_becomes_of_its_rebuilds(tmp_path: Path, mode: str, action: str) -> None:
    root = write_company(tmp_path, growth=NEW)
    store_at(root, FIRST_DAY).gate.set_mode("growth", mode)
    store_at(root, FIRST_DAY).gate.set_mode("sales", "off")
    assert set(actions(root).values()) == {action}


def test_a_waiver_holds_for_its_column_until_it_lapses_and_then_is_a_finding_and_no_outage(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    store = store_at(root, WEEKS_LATER)
    waiver = store.waive("buyers:revenue_28d", "the other is late", 10 * DAY)
    assert (waiver.instead_of, waiver.approved_by == waiver.asked_by) == ("spending:spent_28d", True)
    assert actions(root) == {"buyers:revenue_28d": "waived", "buyers:basket_7d": "refused"}
    store.waive("buyers:basket_7d", "simpler", 10 * DAY)
    assert store.apply().changes
    later = store_at(root, "2024-06-01T00:00:00Z")
    assert not later.findings()
    later.apply()
    words = [finding_words(finding) for finding in later.findings()]
    assert any("the waiver of buyers:revenue_28d (the other is late) lapsed at 2024-05-11" in told for told in words)


def test_a_waiver_needs_a_rebuild_a_reason_and_a_time(tmp_path: Path) -> None:
    store = store_at(write_company(tmp_path, growth=NEW), WEEKS_LATER)
    for column, reason, span, told in (
        ("buyers:channels_7d", "because", DAY, "is no rebuild; did you mean"),
        ("buyers:revenue_28d", "  ", DAY, "needs a reason"),
        ("buyers:revenue_28d", "because", 0, "holds for some time"),
    ):
        with pytest.raises(RequestError, match=told):
            store.waive(column, reason, span)


def test_broken_glass_applies_at_once_for_two_weeks_and_is_told_to_both_owners(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    store = store_at(root, WEEKS_LATER)
    assert store.apply(break_glass="the site is down").changes
    assert {waiver.kind for waiver in store.gate.waivers()} == {"broken glass"}
    assert {waiver.expires_at - waiver.asked_at for waiver in store.gate.waivers()} == {14 * DAY}
    told = {finding.subject: finding for finding in store.findings()}
    assert set(told) == {"buyers:revenue_28d", "buyers:basket_7d"}
    assert told["buyers:revenue_28d"].numbers["told"] == ["ben", "ann"]
    assert "the site is down" in finding_words(told["buyers:revenue_28d"])


def test_what_was_found_is_settled_when_its_time_is_over_or_its_column_is_gone(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)
    store_at(root, WEEKS_LATER).apply(break_glass="the site is down")
    later = store_at(root, "2024-06-01T00:00:00Z")
    later.apply()
    assert {finding.kind for finding in later.findings()} == {"waiver-lapsed"}
    (root / "growth.yaml").write_text(NEW.replace("      - {name: basket, agg: mean, of: amount, windows: [7d]}\n", ""))
    later.apply()
    assert {finding.subject for finding in later.findings()} == {"buyers:revenue_28d"}


def test_a_view_without_a_team_is_only_warned_of(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW.replace("team: growth\n", ""))
    assert set(actions(root).values()) == {"warned"}


@pytest.mark.parametrize("kind", [LATE_ROWS, PUBLISHING_LAG])
def test_nobody_is_made_to_use_what_does_not_keep_its_promise(tmp_path: Path, kind: str) -> None:
    root = write_company(tmp_path, growth=NEW)
    findings = store_at(root, WEEKS_LATER)._context.registry.findings
    findings.see(kind, "spending", {"view": "spending"}, 1)
    rulings = store_at(root, WEEKS_LATER).plan().rulings
    assert {ruling.action for ruling in rulings} == {"warned"}
    assert all(ruling.why.startswith("spending is not to be relied on: ") for ruling in rulings)
    findings.settle(kind, "spending")
    assert set(actions(root).values()) == {"refused"}


def test_a_search_that_fails_opens_the_gate_and_is_a_finding_until_one_goes_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_company(tmp_path, growth=NEW)
    with monkeypatch.context() as broken:
        broken.setattr(FeatureColumnRegistry, "on", raising(RecursionError("too deep")))
        store = store_at(root, WEEKS_LATER)
        assert store.plan().unsearched == "RecursionError"
        assert store.apply().changes
        (finding,) = store.findings()
        assert "applied 3 columns while the search for what is there failed (RecursionError)" in finding_words(finding)
    (root / "growth.yaml").write_text(NEW.replace("name: channels", "name: ways"))
    assert store_at(root, WEEKS_LATER).apply().changes
    assert store_at(root, WEEKS_LATER).findings() == ()


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="there are off, warn, block"):
        store_at(write_company(tmp_path), FIRST_DAY).gate.set_mode("sales", "strict")


def test_a_computation_that_changes_into_one_that_is_there_is_a_rebuild(tmp_path: Path) -> None:
    other = NEW.replace("where: amount is not null", "where: returned").replace("agg: mean", "agg: max")
    root = write_company(tmp_path, growth=other)
    store_at(root, WEEKS_LATER).apply()
    (root / "growth.yaml").write_text(NEW.replace("agg: mean", "agg: max"))
    assert actions(root) == {"buyers:revenue_28d": "refused"}


def test_the_applied_text_is_the_one_that_the_search_compares(tmp_path: Path) -> None:
    root = write_company(tmp_path)
    (root / "sales.yaml").write_text(THERE.replace("What a customer spends.", "What people spend."))
    assert store_at(root, WEEKS_LATER).plan().reuse == ()
