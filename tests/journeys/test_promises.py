"""Rows that came late and publishes that took long: counted, measured, and told where the promised delay broke."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from definitions.errors import RequestError
from featurestore.clock import parse_instant
from featurestore.finding_words import finding_words
from featurestore.promises import LATE_ROWS, PUBLISHING_LAG, duration_words, quantile
from featurestore.registry.findings import OPEN, SETTLED
from featurestore.registry.late_rows import LateRows
from tests.featurestore.cli.running import invoke
from tests.journeys.shop import ONE_VIEW, TWO_VIEWS, Row, Shop, order, segments

FIRST = "2024-03-20T01:00:00"
NEXT = "2024-03-21T01:00:00"
HOUR = 3_600_000_000
PIECES = (
    "      - {name: largest",
    "      - {name: pieces, agg: sum, of: pieces, windows: [60d]}\n      - {name: largest",
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("history", [order(f"2024-0{month}-{day:02}", "ann") for month in (1, 2) for day in (3, 15, 27)])
    shop.land("today", [order("2024-03-19T10:00:00", "ann"), order("2024-03-20T00:30:00", "bob")])
    shop.applied(FIRST)
    return shop


def _late_rows(shop: Shop) -> list[LateRows]:
    store = shop.store(NEXT)
    tables = {segment.tile_table for segment in segments(store)}
    return [item for table in sorted(tables) for item in store._context.registry.late_rows.since(table, 0)]


def _told(shop: Shop, now: str) -> list[str]:
    return [finding_words(item) for item in shop.store(now).materialize().findings]


def test_a_first_run_over_old_history_finds_nothing(shop: Shop) -> None:
    report = shop.store("2024-06-01").materialize()
    assert report.findings == () and _late_rows(shop) == []


def test_rows_on_time_are_not_late(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.land("tomorrow", [order("2024-03-20T00:00:00", "eve"), order("2024-03-20T23:59:59", "eve")])
    assert _told(shop, NEXT) == [] and _late_rows(shop) == []
    assert shop.store(NEXT).findings() == ()


def test_rows_after_their_boundary_was_built_are_told_with_the_delay_that_would_have_held(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.land("late", [order("2024-03-19T20:00:00", "eve") for _ in range(12)])
    told = "12 rows of orders arrived up to 3h 20m after their boundary; customer_daily promises delay 1h, 3h 20m would have held"  # noqa: E501
    assert _told(shop, "2024-03-20T03:20:00") == [told]
    (late,) = _late_rows(shop)
    assert (late.rows, late.lateness) == (12, ((12_000_000_000, 12),))
    (finding,) = shop.store(NEXT).findings(["customer_daily"])
    assert (finding.kind, finding.state, finding_words(finding)) == (LATE_ROWS, OPEN, told)
    assert finding.first_seen == finding.last_seen == parse_instant("2024-03-20T03:20:00")
    assert _told(shop, "2024-03-20T03:20:00") == []


def test_what_is_late_is_counted_where_it_is(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.land("late", [order("2024-01-03", "eve"), order("2024-03-19", "eve"), order("2024-03-19T01:00:00", "eve")])
    shop.store(NEXT).materialize()
    old, new = _late_rows(shop)
    assert (old.rows, new.rows) == (1, 2)
    assert old.start < parse_instant("2024-01-03") < old.end <= new.start < parse_instant("2024-03-19") < new.end
    assert old.lateness == ((parse_instant(NEXT) - parse_instant("2024-01-04"), 1),)
    assert new.lateness == ((parse_instant(NEXT) - parse_instant("2024-03-20"), 2),)


def test_rows_within_the_delay_of_another_view_break_only_the_shorter_promise(shop: Shop) -> None:
    patient = ONE_VIEW.partition("feature_views:\n")[2].replace("customer_daily", "patient").replace("1h", "12h")
    shop.declare(ONE_VIEW + patient)
    shop.applied(FIRST).materialize()
    shop.land("late", [order("2024-03-19T20:00:00", "eve")])
    found = shop.store("2024-03-20T05:00:00").materialize().findings
    assert [(item.kind, item.subject) for item in found] == [(LATE_ROWS, "customer_daily")]


def test_a_file_that_grows_counts_what_it_gained(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    rows = [order("2024-03-19T10:00:00", "ann"), order("2024-03-20T00:30:00", "bob")]
    shop.land("today", [*rows, order("2024-03-19T23:00:00", "eve"), order("2024-03-20T15:00:00", "eve")])
    shop.store(NEXT).materialize()
    (late,) = _late_rows(shop)
    assert (late.rows, late.lateness) == (1, ((25 * HOUR, 1),))


def test_a_file_that_is_written_again_or_loses_rows_has_no_late_ones(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.land("history", [order("2024-01-03", "ann")])
    shop.land("today", [order("2024-03-19T11:00:00", "ann"), order("2024-03-20T00:30:00", "bob")])
    shop.store(NEXT).materialize()
    assert _late_rows(shop) == []


def test_a_feature_that_is_new_over_the_past_is_not_late(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.change(PIECES)
    shop.applied(FIRST).materialize()
    assert _late_rows(shop) == []
    shop.land("late", [order("2024-02-03", "eve")])
    shop.store(NEXT).materialize()
    (late,) = _late_rows(shop)
    assert late.rows == 1, "two segments hold the same range, for different slots; its rows count once"


def test_a_row_is_as_late_as_its_file_was_first_seen(shop: Shop) -> None:
    shop.change(("feature_views:\n", "feature_views:\n" + _hourly()))
    shop.applied(FIRST).materialize()
    shop.land("late", [order("2024-03-19T20:00:00", "eve")])
    shop.store("2024-03-20T02:00:00").materialize(views=["hourly"])
    shop.store("2024-03-20T09:00:00").materialize()
    lateness = {late.lateness[0][0] for late in _late_rows(shop)}
    assert lateness == {5 * HOUR, 2 * HOUR}


def _hourly() -> str:
    features = "    features:\n      - {name: pieces, agg: sum, of: pieces, windows: [6h]}\n"
    return f"  - name: hourly\n    entity: customer\n    source: orders\n    every: 1h\n{features}"


@pytest.mark.parametrize("every", ["1d", "1h", "exact"])
@pytest.mark.parametrize("seed", range(4))
def test_any_course_of_landings_and_runs_counts_exactly_the_late_rows(tmp_path: Path, seed: int, every: str) -> None:
    """Also through full rebuilds, and with a bound on lateness that no row exceeds."""
    chance = random.Random(f"{seed} {every}")
    shop = Shop(tmp_path, ONE_VIEW.replace("every: 1d", f"every: {every}"))
    now = datetime(2024, 3, 1, tzinfo=UTC)
    shop.land("first", [order(now - timedelta(hours=chance.randrange(2_000))) for _ in range(30)])
    shop.applied(now.isoformat()).materialize(publish=False)
    expected, longest = 0, 0
    grown: list[Row] = []
    for step in range(8):
        built = max(item.end for item in segments(shop.store(NEXT)))
        now += timedelta(minutes=chance.randrange(1, 3_000))
        rows = [order(now - timedelta(minutes=chance.randrange(9_000))) for _ in range(chance.randrange(1, 6))]
        if chance.random() < 0.5:
            shop.land(f"file_{step}", rows)
        else:
            grown += rows
            shop.land("grown", grown)
        for row in rows:
            instant = parse_instant(row["known_at"])
            if instant < built:
                expected += 1
                hop = {"1d": 24 * HOUR, "1h": HOUR, "exact": 0}[every]
                due = (instant // hop + 1) * hop if hop else instant
                longest = max(longest, parse_instant(now) - due)
        shop.store(now.isoformat()).materialize(full=chance.random() < 0.3, publish=False)
    late = _late_rows(shop)
    assert sum(item.rows for item in late) == expected
    assert max((pair[0] for item in late for pair in item.lateness), default=0) >= longest


def test_a_publish_after_the_delay_is_told_but_for_the_first_of_a_generation(shop: Shop) -> None:
    assert _told(shop, "2024-03-20T09:00:00") == []
    assert _told(shop, "2024-03-21T01:00:00") == []
    told = "customer_daily was published up to 5h 30m after its boundary; it promises delay 1h, 5h 30m would have held"
    assert _told(shop, "2024-03-22T05:30:00") == [told]
    assert _told(shop, "2024-03-23T01:00:00") == []
    (finding,) = shop.store(NEXT).findings()
    assert (finding.kind, finding.numbers["publishes"], finding.numbers["of"]) == (PUBLISHING_LAG, 1, 3)


def test_views_of_every_instant_have_no_publishing_lag(shop: Shop) -> None:
    shop.declare(TWO_VIEWS)
    shop.applied(FIRST).materialize()
    found = shop.store("2024-03-22T05:30:00").materialize().findings
    assert [(item.kind, item.subject) for item in found] == [(PUBLISHING_LAG, "customer_daily")]


def test_a_run_with_an_end_ahead_publishes_in_time(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    assert shop.store("2024-03-21T00:20:00").materialize(end=NEXT).published[0].boundary == parse_instant("2024-03-21")
    assert _told(shop, "2024-03-21T09:00:00") == []


def test_a_boundary_that_is_published_again_for_late_rows_was_in_time(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.store(NEXT).materialize()
    shop.land("late", [order("2024-03-19T20:00:00", "eve")])
    found = shop.store("2024-03-21T09:00:00").materialize().findings
    assert [item.kind for item in found] == [LATE_ROWS]


def test_boundaries_that_were_passed_over_are_counted(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    (told,) = _told(shop, "2024-03-24T02:00:00")
    assert told.startswith(
        "customer_daily was published up to 2h after its boundary, and 3 boundaries were passed over;"
    )


def test_a_longer_delay_settles_a_finding_and_so_does_time(shop: Shop) -> None:
    shop.store(FIRST).materialize()
    shop.land("late", [order("2024-03-19T20:00:00", "eve")])
    shop.store("2024-03-20T03:20:00").materialize()
    shop.change(("delay: 1h", "delay: 4h"))
    shop.applied("2024-03-20T04:00:00").materialize()
    assert shop.store(NEXT).findings() == ()
    (settled,) = shop.store(NEXT).findings(settled=True)
    assert (settled.kind, settled.state) == (LATE_ROWS, SETTLED)
    shop.change(("delay: 4h", "delay: 1h"))
    shop.applied("2024-03-20T05:00:00").materialize()
    assert len(shop.store(NEXT).findings()) == 1
    shop.store("2024-04-25T01:00:00").materialize()
    assert LATE_ROWS not in {item.kind for item in shop.store(NEXT).findings()}


def test_the_commands_tell_findings_to_people_and_to_programs(shop: Shop) -> None:
    def run(command: str, now: str, *options: str) -> str:
        result = invoke(command, *options, "--repository", shop.folder, "--now", now)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    run("materialize", FIRST)
    assert run("findings", FIRST) == "No findings: the promises hold.\n"
    shop.land("late", [order("2024-03-19T20:00:00", "eve")])
    told = "1 row of orders arrived up to 3h after their boundary; customer_daily promises delay 1h, 3h would have held"
    assert f"note: {told}" in run("materialize", "2024-03-20T03:00:00")
    assert "note" not in run("materialize", "2024-03-20T03:00:00")
    assert f"note: {told}" in run("publish", "2024-03-20T03:00:00")
    assert told in run("findings", NEXT, "customer_daily")
    (found,) = json.loads(run("findings", NEXT, "--json"))["findings"]
    assert (found["kind"], found["subject"], found["state"]) == ("late_rows", "customer_daily", "open")
    assert (found["message"], found["first_seen"]) == (told, "2024-03-20T03:00:00Z")
    assert found["numbers"] == {
        "view": "customer_daily",
        "source": "orders",
        "delay": HOUR,
        "rows": 1,
        "longest": 3 * HOUR,
        "would_have_held": 3 * HOUR,
    }
    with pytest.raises(RequestError, match="no feature view 'customer_dayly'"):
        shop.store(NEXT).findings(["customer_dayly"])


def test_the_delay_that_would_have_held_leaves_one_row_in_a_thousand_out() -> None:
    assert quantile([(5, 999), (70, 1)], 0.999) == 5
    assert quantile([(5, 998), (70, 2)], 0.999) == 70
    assert quantile([], 0.999) == 0


def test_spans_are_told_in_two_units_and_never_too_short() -> None:
    spans = {0: "0s", 1: "1s", 59: "59s", 60: "1m", 61: "1m 1s", 3_600: "1h", 3_601: "1h 1m", 86_399: "1d"}
    spans |= {12_000: "3h 20m", 86_400: "1d", 90_001: "1d 2h", 864_000: "10d"}
    assert {seconds: duration_words(seconds * 1_000_000) for seconds in spans} == spans | {86_399: "24h"}
