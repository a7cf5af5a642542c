"""A check run looks: it says what is wrong with rows and values as they are, and leaves to gates what is held back."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import QualityError, RequestError
from featurestore.finding_words import finding_words
from tests.featurestore.checks.deliveries import Deliveries, Row, in_cents, spent_by
from tests.featurestore.cli.running import invoke

RANGE = "{check: range, column: amount, min: 0, max: 100, severity: block}"
WIDER = "{check: range, column: amount, min: 0, max: 50, severity: warn}"
MANY = 300
"""Entities that are enough to tell whether values drift."""


def _of_many(rows: list[Row]) -> list[Row]:
    return [{**row, "user": f"u{number % MANY}"} for number, row in enumerate(rows)]


def _open(shop: Deliveries) -> dict[str, str]:
    return {
        finding.subject: finding_words(finding) for finding in shop.store().findings() if finding.kind == "expectation"
    }


def test_two_checks_of_one_name_have_findings_of_their_own(shop: Deliveries) -> None:
    shop.declare(f"{WIDER}, {RANGE}")
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    assert shop.materialize(2).holds_something
    found = _open(shop)
    assert found.keys() == {"orders:amount:range", "orders:amount:range#2"}
    assert "outside 0 to 50" in found["orders:amount:range"] and "held back" not in found["orders:amount:range"]
    assert "outside 0 to 100" in found["orders:amount:range#2"] and "held back" in found["orders:amount:range#2"]
    with pytest.raises(RequestError, match="holds anything back"):
        shop.store().checks.accept("orders:amount:range", "it only warns")
    shop.store().checks.accept("orders:amount:range#2", "it is known")
    assert not shop.materialize(2).holds_something


def test_whoever_looks_holds_nothing_back_and_lets_nothing_pass(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.materialize(1)
    shop.deliver(2, in_cents)
    shop.stand_after(2)
    (broken,) = shop.store().checks.run().broken
    assert broken.to_dict()["held"] == []
    assert shop.materialize(2).holds_something
    (broken,) = shop.store().checks.run().broken
    assert broken.to_dict()["held"] == ["2024-01-03"]
    assert "that day is held back" in broken.to_dict()["message"]


def test_what_is_accepted_is_found_no_longer(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.materialize(2)
    assert not shop.store().checks.run().holds
    shop.store().checks.accept("orders:amount:range", "it is known")
    assert _open(shop) == {}
    assert shop.store().checks.run().holds
    shop.materialize(2)
    assert shop.store().checks.run().holds


def test_an_acceptance_is_of_the_check_as_it_was(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.materialize(2)
    shop.store().checks.accept("orders:amount:range", "it is known")
    shop.declare(RANGE.replace("100", "99"))
    assert shop.materialize(2).holds_something


def test_a_finding_of_a_day_long_ago_is_settled_in_time(shop: Deliveries) -> None:
    shop.declare(RANGE.replace("block", "warn"))
    shop.deliver(0, in_cents)
    shop.materialize(0)
    shop.deliver(50)
    shop.materialize(50)
    assert "2024-01-01" in _open(shop)["orders:amount:range"]
    shop.deliver(57)
    shop.materialize(57)
    assert _open(shop) == {}
    assert shop.store().checks.run().holds
    (asked,) = shop.store().checks.run(since="2024-01-01").broken
    assert list(asked.to_dict()["broken"]) == ["2024-01-01"]


def test_a_source_that_goes_on_is_fresh_again(shop: Deliveries) -> None:
    shop.declare("{check: freshness, within: 36h}")
    shop.deliver_all(range(3))
    shop.materialize(4)
    assert _open(shop).keys() == {"orders:freshness"}
    shop.deliver_all([3, 4, 5])
    shop.materialize(5)
    assert _open(shop) == {}


def test_a_held_day_whose_rows_are_gone_is_held_no_longer(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(3))
    shop.deliver(1, in_cents)
    assert shop.materialize(2).holds_something
    (shop.root / "data" / "orders" / "001.parquet").unlink()
    assert not shop.materialize(2).holds_something
    assert _open(shop) == {}


def test_what_is_expected_no_longer_is_found_no_longer(shop: Deliveries) -> None:
    shop.declare(f"{RANGE}, {{check: volume}}")
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.materialize(2)
    shop.declare("{check: volume}", of_values="{check: range, max: 1000}")
    shop.store().checks.run()
    assert _open(shop).keys() == set()
    shop.materialize(2)
    assert _open(shop).keys() == {"spending:spent_1d:range", "spending:spent_3d:range"}
    shop.declare("{check: volume}")
    shop.store().checks.run()
    assert _open(shop) == {}


def test_values_are_looked_at_before_they_are_published(shop: Deliveries) -> None:
    shop.declare(of_values="{check: range, max: 1000, severity: block}")
    shop.deliver_all(range(2))
    shop.materialize(1)
    shop.deliver(2, in_cents)
    shop.stand_after(2)
    shop.store().materialize(publish=False)
    broken = shop.store().checks.run().broken
    assert [each.finding.subject for each in broken] == ["spending:spent_1d:range", "spending:spent_3d:range"]
    assert all("20 of 20 rows" in each.to_dict()["message"] for each in broken)
    assert not [each for each in broken if each.to_dict()["held"]]
    ran = invoke("publish", "-r", str(shop.root), "--now", "2024-01-04T00:00:00")
    assert ran.exit_code == 13
    assert "held back, as its values are not as expected" in ran.output
    assert [each.to_dict()["held"] for each in shop.store().checks.run().broken] == [["2024-01-04T00:00:00Z"]] * 2


def test_a_view_that_drifts_is_one_finding_until_it_is_stable_again(shop: Deliveries) -> None:
    shop.declare()
    for day in range(40):
        shop.deliver(day, _of_many, rows=600)
    shop.materialize(39)
    assert shop.store().checks.run().holds
    shop.deliver(40, lambda rows: in_cents(_of_many(rows)), rows=600)
    shop.materialize(40)
    report = shop.store().checks.run()
    drifting = [each.column for each in report.stability["spending"] if each.verdict.standing == "drifting"]
    assert drifting == ["spent_1d", "spent_3d"]
    (found,) = report.broken
    assert found.finding.subject == "spending:stable"
    assert "1 other feature drifts too" in found.to_dict()["message"]
    assert found.touched.services == ("offers",)
    for day in range(41, 45):
        shop.deliver(day, _of_many, rows=600)
    shop.materialize(44)
    assert shop.store().checks.run().broken == ()


def test_a_feature_that_is_to_be_stable_stays_held_whoever_looks(shop: Deliveries) -> None:
    shop.declare(of_values="{check: stable, severity: block}")
    for day in range(40):
        shop.deliver(day, _of_many, rows=600)
    shop.materialize(39)
    shop.deliver(40, lambda rows: in_cents(_of_many(rows)), rows=600)
    assert shop.materialize(40).holds_something
    subjects = ["spending:spent_1d:stable", "spending:spent_3d:stable"]
    held = [(each.finding.subject, each.to_dict()["held"]) for each in shop.store().checks.run().broken]
    assert held == [(subject, ["2024-02-11T00:00:00Z"]) for subject in subjects]
    for subject in subjects:
        shop.store().checks.accept(subject, "a sale")
    assert not shop.materialize(40).holds_something


def test_a_frame_over_rows_after_a_source_stopped_is_refused(shop: Deliveries, tmp_path: Path) -> None:
    shop.declare("{check: freshness, within: 36h, severity: block}")
    shop.deliver_all(range(3))
    shop.stand_after(5)
    assert shop.spent_in_frame(1) == spent_by("u1", [1])
    with pytest.raises(QualityError, match="orders:freshness on 2024-01-03"):
        shop.spent_in_frame(5)
    as_of = shop.store().get_features_as_of("2024-01-07", ["spending:spent_3d"], read_held=True)
    assert as_of.to_arrow().num_rows == 0
    told = invoke("historical", "-r", str(shop.root), "spending:spent_3d", "--as-of", "2024-01-05", "--out",
                  str(tmp_path / "out.parquet"), "--read-held", "--now", "2024-01-07T00:00:00")  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "orders, 2024-01-03: the newest row is" in told.output


def test_an_earlier_frame_is_not_asked_for_what_is_held(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver(0)
    shop.materialize(0)
    with pytest.raises(RequestError, match="leave read_held out"):
        shop.spent_in_frame(0, knowledge="2024-01-02", read_held=True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--profile", "spending", "--suggest", "spending"], "--profile and --suggest are things of their own"),
        (["spending", "--accept", "orders:amount:range"], "leave spending out"),
        (["--break-glass", "--since", "2024-01-01", "--reason", "now"], "--since goes with checks alone"),
        (["--profile", "spending", "--full"], "--full goes with checks and --suggest"),
        (["--reason", "why"], "--reason goes with --accept or --break-glass"),
    ],
)
def test_one_thing_is_asked_for_at_a_time(shop: Deliveries, arguments: list[str], told: str) -> None:
    shop.declare()
    ran = invoke("check", "-r", str(shop.root), *arguments)
    assert ran.exit_code == 2
    assert told in ran.output


def test_what_features_were_like_says_what_to_expect_of_them(shop: Deliveries) -> None:
    shop.declare()
    for day in range(40):
        shop.deliver(day, _of_many, rows=600)
    shop.materialize(39)
    sampled = {each.feature: each for each in shop.store().checks.suggest("spending").features}
    assert sampled.keys() == {"spent", "orders"}
    assert all(each.thin == "seen in a sample of 1,000 entities only" for each in sampled["spent"].suggested)
    whole = {each.feature: each for each in shop.store().checks.suggest("spending", full=True).features}
    assert "{check: range, min: 0, max:" in whole["spent"].yaml and "severity: block}" in whole["spent"].yaml
    pasted = ", ".join(line.partition("- ")[2] for line in whole["spent"].yaml.splitlines() if "check:" in line)
    shop.declare(of_values=pasted)
    assert "spent" not in {each.feature for each in shop.store().checks.suggest("spending", full=True).features}
    shop.deliver(40, lambda rows: in_cents(_of_many(rows)), rows=600)
    assert shop.materialize(40).holds_something


def test_days_that_all_broke_what_is_expected_are_nothing_to_go_by(shop: Deliveries) -> None:
    shop.declare("{check: range, column: amount, max: 0}")
    shop.deliver_all(range(3))
    shop.materialize(2)
    (source,) = shop.store().checks.suggest("spending").sources
    assert source.words == ("orders: all of 3 days broke what is expected already, so there is nothing to go by.",)
    assert source.suggested == ()
