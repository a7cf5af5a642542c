"""Rows that are not as expected are in no tile: neither frames nor look-ups see them until somebody accepts them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from definitions.errors import QualityError, RequestError
from featurestore.finding_words import finding_words
from featurestore.registry.findings import OPEN, SETTLED
from featurestore.runs import MaterializeReport
from tests.featurestore.checks.deliveries import FIRST, Deliveries, in_cents, spent_by

RANGE = "{check: range, column: amount, min: 0, max: 100, severity: block}"
DAY = 86_400_000_000


def _held_days(report: MaterializeReport) -> list[int]:
    first = round(FIRST.timestamp()) * 1_000_000
    return [(start - first) // DAY for table in report.tables for start, _ in table.held]


def test_a_day_that_breaks_what_blocks_is_held_back_and_the_others_are_built(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(3))
    shop.deliver(3, in_cents)
    report = shop.materialize(3)
    assert _held_days(report) == [3]
    (finding,) = report.findings
    assert "60 of 60 rows have amount outside 0 to 100; that day is held back" in finding_words(finding)
    assert "orders, 2024-01-04" in finding_words(finding)
    # Online stands where everything passed.
    assert shop.spent_online() == spent_by("u1", [2])
    assert shop.spent_in_frame(2) == spent_by("u1", [2])


def test_a_frame_over_what_is_held_is_refused_and_can_be_read_with_its_findings(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.materialize(2)
    with pytest.raises(QualityError, match="orders:amount:range on 2024-01-03"):
        shop.spent_in_frame(2)
    assert shop.spent_in_frame(2, read_held=True) == 1000 * spent_by("u1", [2])
    asked = pa.table({"user": ["u1"], "event_timestamp": [FIRST + timedelta(days=3)]})
    frame = shop.store().get_historical_features(asked, "offers", read_held=True)
    assert [finding.subject for finding in frame.findings] == ["orders:amount:range"]
    assert frame.manifest["findings"] == ["orders:amount:range"]


def test_a_frame_that_nothing_was_built_for_checks_its_source_itself(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.stand_after(2)
    assert shop.spent_in_frame(1) == spent_by("u1", [1])
    with pytest.raises(QualityError, match="held back"):
        shop.spent_in_frame(2)


def test_what_is_accepted_is_built_by_the_next_run(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(3))
    shop.deliver(3, in_cents)
    shop.materialize(3)
    with pytest.raises(RequestError, match="reason"):
        shop.store().checks.accept("orders:amount:range", " ")
    shop.store().checks.accept("orders:amount:range", "prices are in cents from now on")
    report = shop.materialize(3)
    assert not report.holds_something
    assert shop.spent_online() == 1000 * spent_by("u1", [3])
    told = [entry for entry in shop.store().audit.entries() if entry.action == "accept-finding"]
    assert [entry.subject for entry in told] == ["orders:amount:range"]
    assert "prices are in cents from now on" in str(told[0].detail)


def test_what_is_accepted_holds_for_the_rows_that_were_there(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.materialize(2)
    shop.store().checks.accept("orders:amount:range", "it is known")
    shop.deliver(2, lambda rows: in_cents(in_cents(rows)))
    assert _held_days(shop.materialize(2)) == [2]


def test_a_finding_is_settled_by_better_rows(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    shop.materialize(2)
    shop.deliver(2)
    report = shop.materialize(2)
    assert not report.holds_something
    assert shop.spent_online() == spent_by("u1", [2])
    assert [finding.state for finding in shop.store().findings(settled=True)] == [SETTLED]


def test_a_built_day_that_turns_bad_leaves_its_tiles_as_they_were(shop: Deliveries) -> None:
    shop.declare(RANGE)
    shop.deliver_all(range(3))
    shop.materialize(2)
    shop.deliver(1, in_cents)
    report = shop.materialize(2)
    assert _held_days(report) == [1]
    assert shop.spent_in_frame(1) == spent_by("u1", [1])
    assert shop.spent_online(column="spent_3d") == spent_by("u1", [0, 1, 2])


def test_a_warning_lets_rows_pass(shop: Deliveries) -> None:
    shop.declare(RANGE.replace("block", "warn"))
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    report = shop.materialize(2)
    assert not report.holds_something
    assert [finding.state for finding in report.findings] == [OPEN]
    assert shop.spent_online() == 1000 * spent_by("u1", [2])


def test_what_is_to_be_published_flagged_passes_with_its_finding(shop: Deliveries) -> None:
    shop.declare(RANGE, on_block="publish_flagged")
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    report = shop.materialize(2)
    assert not report.holds_something
    assert [finding.subject for finding in report.findings] == ["orders:amount:range"]
    assert shop.spent_online() == 1000 * spent_by("u1", [2])


def test_a_missing_day_is_held_until_its_rows_are_there(shop: Deliveries) -> None:
    shop.declare("{check: volume, severity: block}")
    shop.deliver_all([day for day in range(22) if day != 20])
    report = shop.materialize(21)
    assert _held_days(report) == [20]
    assert "0 rows where 30 to 90 were expected" in finding_words(report.findings[0])
    assert shop.spent_online() == spent_by("u1", [19])
    shop.deliver(20)
    assert not shop.materialize(21).holds_something
    assert shop.spent_online() == spent_by("u1", [21])


def test_a_source_that_stops_is_found_by_its_newest_row(shop: Deliveries) -> None:
    shop.declare("{check: freshness, within: 36h, severity: block}")
    shop.deliver_all(range(3))
    assert not shop.materialize(2).findings
    report = shop.materialize(4)
    assert "the newest row is 2.0 days old, and 36.0 hours is the most" in finding_words(report.findings[0])


@pytest.mark.parametrize(
    ("expect", "change", "words"),
    [
        ("{check: not_null, column: city, severity: block}", {"city": None}, "1 of 60 rows have no city"),
        ("{check: in_set, column: city, values: [Basel, Bern], severity: block}", {"city": "Chur"},
         "1 of 60 rows have another city than Basel, Bern"),
        ("{check: matches, column: city, pattern: '[A-Z][a-z]+', severity: block}", {"city": "bern"},
         "1 of 60 rows have a city that does not match [A-Z][a-z]+"),
        ("{check: relation, that: amount < 1000, severity: block}", {"amount": 1000.0},
         "1 of 60 rows are not amount < 1000"),
        ("{check: unique, columns: [user, at], severity: block}", {},
         "1 of 61 rows have the user and at of another row of their day"),
    ],
)  # fmt: skip
def test_each_check_holds_a_day_by_a_single_row(
    shop: Deliveries, expect: str, change: dict[str, Any], words: str
) -> None:
    shop.declare(expect)
    shop.deliver(0)
    shop.deliver(1, lambda rows: [*rows, dict(rows[0])] if not change else [{**rows[0], **change}, *rows[1:]])
    report = shop.materialize(1)
    assert _held_days(report) == [1]
    assert words in finding_words(report.findings[0])


def test_a_share_of_the_rows_may_break_a_check_that_says_so(shop: Deliveries) -> None:
    shop.declare("{check: not_null, column: city, at_least: 0.95, severity: block}")
    shop.deliver(0, lambda rows: [{**row, "city": None} for row in rows[:3]] + rows[3:])
    assert not shop.materialize(0).holds_something
    shop.deliver(1, lambda rows: [{**row, "city": None} for row in rows[:4]] + rows[4:])
    assert _held_days(shop.materialize(1)) == [1]


def test_a_column_that_drifts_is_held_once_there_is_evidence(shop: Deliveries) -> None:
    shop.declare("{check: stable, column: city, severity: block}")
    shop.deliver_all(range(35))
    assert not shop.materialize(34).findings
    shop.deliver(35, lambda rows: [{**row, "city": "Bern"} for row in rows])
    report = shop.materialize(35)
    assert _held_days(report) == [35]
    assert "of city Bern is" in finding_words(report.findings[0])


def test_values_that_are_not_as_expected_are_not_published(shop: Deliveries) -> None:
    shop.declare(of_values="{check: range, max: 1000, severity: block}")
    shop.deliver_all(range(2))
    assert not shop.materialize(1).holds_something
    shop.deliver(2, in_cents)
    report = shop.materialize(2)
    assert [item.withheld for item in report.published] == [("spending:spent_1d:range", "spending:spent_3d:range")]
    assert "20 of 20 rows have spent_1d above 1,000" in finding_words(report.findings[0])
    assert shop.spent_online() == spent_by("u1", [1])
    for subject in report.published[0].withheld:
        shop.store().checks.accept(subject, "a sale")
    assert not shop.materialize(2).holds_something
    assert shop.spent_online() == 1000 * spent_by("u1", [2])


def test_a_run_says_what_it_holds_and_ends_so(shop: Deliveries) -> None:
    from tests.featurestore.cli.running import invoke

    shop.declare(RANGE)
    shop.deliver_all(range(2))
    shop.deliver(2, in_cents)
    ran = invoke("materialize", "-r", str(shop.root), "--now", "2024-01-04T00:00:00")
    assert ran.exit_code == 13
    assert "rows from 2024-01-03T00:00:00Z to 2024-01-04T00:00:00Z are held back" in ran.output


def test_rows_are_shown_without_what_tells_about_people(shop: Deliveries) -> None:
    shop.declare(RANGE, user="{type: string, pii: [account]}")
    shop.deliver(0)
    shop.deliver(1, in_cents)
    shop.materialize(1)
    (broken,) = shop.store().checks.run().broken
    assert len(broken.rows) == 5
    assert {row["user"] for row in broken.rows} == {"(masked)"}
    assert all(row["amount"] >= 1000 for row in broken.rows)
    assert broken.touched.views == ("spending",)
    assert broken.touched.services == ("offers",)
    assert broken.touched.owners == ("ann",)
