"""Materializing a range: what lies in it is built, the rest stays, and no gap makes a value wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.durations import BEGINNING
from definitions.errors import RequestError
from featurestore.clock import parse_instant
from featurestore.registry.segments import Segment
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, online, order, segments

NOW = "2024-04-02T05:00:00"
VIEW = "customer_daily"
CUSTOMERS = ["ann", "bob", "eve", "nobody"]
EVER = "      - {name: note, agg: last, of: note, ttl: 30d}\n"
LONG = (", 60d]", "]")
"""What makes the view need more than the last four weeks."""


def made(folder: Path, definitions: str) -> Shop:
    """Three months of orders; segments begin on January 18, February 17 and March 18."""
    shop = Shop(folder, definitions)
    for month in (1, 2, 3):
        rows = [order(f"2024-0{month}-{day:02}", name, day / 10) for day in (3, 15, 27) for name in ("ann", "bob")]
        shop.land(f"month_{month}", [*rows, order(f"2024-0{month}-09", "eve", month)])
    shop.applied(NOW)
    return shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return made(tmp_path, ONE_VIEW)


@pytest.fixture
def recent(tmp_path: Path) -> Shop:
    """The same with windows of four weeks at most."""
    return made(tmp_path, ONE_VIEW.replace(EVER, "").replace(*LONG))


def held(shop: Shop) -> list[Segment]:
    return segments(shop.store(NOW))


def starts(found: list[Segment]) -> list[str]:
    return ["" if item.start == BEGINNING else day_of(item.start) for item in found]


def day_of(instant: int) -> str:
    return next(day for day in ("01-18", "02-17", "03-18", "04-02") if parse_instant(f"2024-{day}") == instant)


def assert_online_is_training(shop: Shop, now: str) -> None:
    store = shop.store(now)
    assert bits(online(store, VIEW, CUSTOMERS)) == bits(frame(store, VIEW, CUSTOMERS, now))


def test_only_what_reaches_into_the_range_is_built_again(shop: Shop) -> None:
    shop.store(NOW).materialize()
    before = held(shop)
    assert starts(before) == ["", "01-18", "02-17", "03-18"]
    shop.land("late", [order("2024-01-10", "eve", 5.0), order("2024-02-20", "eve", 7.0), order("2024-03-20", "eve")])
    (table,) = shop.store(NOW).materialize(start="2024-02-18", end="2024-03-01").tables
    assert (table.built, table.rebuilt, table.gaps) == (0, 1, ())
    kept = {item.id for item in before} & {item.id for item in held(shop)}
    assert starts([item for item in before if item.id not in kept]) == ["02-17"]
    (rest,) = shop.store(NOW).materialize().tables
    assert (rest.built, rest.rebuilt) == (0, 2)
    assert_online_is_training(shop, NOW)


def test_full_builds_the_range_again_though_nothing_changed_and_the_same_to_the_bit(shop: Shop) -> None:
    shop.store(NOW).materialize()
    before, values = held(shop), bits(frame(shop.store(NOW), VIEW, CUSTOMERS, NOW))
    assert shop.store(NOW).materialize(start="2024-02-01", end="2024-02-18").did_nothing
    (table,) = shop.store(NOW).materialize(start="2024-02-01", end="2024-02-18", full=True).tables
    assert (table.built, table.rebuilt) == (0, 2)
    after = held(shop)
    assert starts(after) == starts(before)
    assert [item.id in {old.id for old in before} for item in after] == [True, False, False, True]
    assert [(item.rows, item.slots) for item in after] == [(item.rows, item.slots) for item in before]
    assert bits(frame(shop.store(NOW), VIEW, CUSTOMERS, NOW)) == values
    assert_online_is_training(shop, NOW)


def test_full_up_to_an_end_leaves_what_begins_later(shop: Shop) -> None:
    shop.store(NOW).materialize()
    last = held(shop)[-1]
    (table,) = shop.store(NOW).materialize("2024-03-01", full=True).tables
    assert table.rebuilt == 3
    assert last in held(shop)


def test_a_range_takes_whole_segments_and_ends_where_the_next_begins(shop: Shop) -> None:
    shop.store(NOW).materialize(start="2024-02-17", end="2024-03-18T02:00:00")
    assert starts(held(shop)) == ["02-17"]
    shop.store(NOW).materialize(start="2024-01-18", end="2024-02-17T02:00:00")
    assert starts(held(shop)) == ["01-18", "02-17"]


def test_a_gap_is_told_read_from_the_source_by_frames_and_waited_for_by_publishing(shop: Shop) -> None:
    report = shop.store(NOW).materialize(start="2024-03-01")
    assert starts(held(shop)) == ["02-17", "03-18"]
    assert report.tables[0].gaps == ((BEGINNING, parse_instant("2024-02-17")),)
    (published,) = report.published
    assert published.boundary is None
    assert "customer_1d are missing from the beginning to 2024-02-17T00:00:00Z" in published.reason
    with pytest.raises(RequestError, match="is not online"):
        online(shop.store(NOW), VIEW, ["ann"])
    partly = bits(frame(shop.store(NOW), VIEW, CUSTOMERS, NOW))
    again = shop.store(NOW).materialize(start="2024-03-01")
    assert again.did_nothing and again.tables[0].gaps
    filled = shop.store(NOW).materialize()
    assert filled.tables[0].gaps == () and filled.published[0].rows == 3
    assert bits(frame(shop.store(NOW), VIEW, CUSTOMERS, NOW)) == partly
    assert_online_is_training(shop, NOW)


def test_a_view_goes_online_from_a_range_that_all_its_windows_fit_into(recent: Shop) -> None:
    report = recent.store(NOW).materialize(start="2024-03-01")
    assert report.tables[0].gaps and report.published[0].boundary is not None
    assert_online_is_training(recent, NOW)
    recent.land("april", [order("2024-04-03", "eve", 5.0)])
    recent.store("2024-04-20T05:00:00").materialize(start="2024-03-18")
    assert_online_is_training(recent, "2024-04-20T05:00:00")
    assert online(recent.store(NOW), VIEW, ["bob"])[0]["amount_28d"] == 2.7


def test_a_gap_inside_a_window_keeps_the_watermark_before_it(recent: Shop) -> None:
    recent.store("2024-02-17T05:00:00").materialize()
    before = online(recent.store(NOW), VIEW, CUSTOMERS)
    (published,) = recent.store(NOW).materialize(start="2024-03-18").published
    assert published.boundary is None
    assert "missing from 2024-02-17T00:00:00Z to 2024-03-18T00:00:00Z; materialize that range too" in published.reason
    assert online(recent.store(NOW), VIEW, CUSTOMERS) == before
    recent.store(NOW).materialize(start="2024-02-20", end="2024-03-18T05:00:00", publish=False)
    recent.store(NOW).publish()
    assert_online_is_training(recent, NOW)


def test_a_gap_that_windows_have_left_behind_holds_nothing_up(recent: Shop) -> None:
    recent.store("2024-01-18T05:00:00").materialize()
    (published,) = recent.store(NOW).materialize(start="2024-03-01").published
    assert published.boundary == parse_instant("2024-04-02")
    assert_online_is_training(recent, NOW)


def test_a_source_without_timestamp_lies_in_every_range(tmp_path: Path) -> None:
    timeless = ONE_VIEW.replace(", windows: [1d, 7d, 60d]", "")
    for line in ("    timestamp: known_at\n", "    every: 1d\n", "    delay: 1h\n"):
        timeless = timeless.replace(line, "")
    cut = timeless.index("      - {name: spent")
    shop = Shop(tmp_path, timeless[:cut])
    shop.land("some", [order("2024-03-01", "ann"), order("2024-03-02", "ann")])
    shop.applied(NOW)
    report = shop.store(NOW).materialize(start="2024-03-30", end="2024-04-01")
    assert report.tables[0].gaps == () and report.tables[0].built == 1
    assert online(shop.store(NOW), VIEW, ["ann"]) == [{"orders": 2}]
    assert shop.store(NOW).materialize(start="2024-03-30", full=True).tables[0].rebuilt == 1


@pytest.mark.parametrize(("start", "end"), [("2024-03-01", "2024-03-01"), ("2024-03-02", "2024-03-01")])
def test_a_range_of_no_time_is_refused(shop: Shop, start: str, end: str) -> None:
    with pytest.raises(RequestError, match=f"the start, {start}T00:00:00Z, is not before the end"):
        shop.store(NOW).materialize(start=start, end=end)
    with pytest.raises(RequestError, match="is not before the end"):
        shop.store(NOW).materialize(start="2024-05-01")
    assert held(shop) == []
