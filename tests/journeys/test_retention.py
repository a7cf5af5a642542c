"""Tiles are kept as long as a view says, by whoever keeps them longest, and never built again beyond that."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore.clock import parse_instant
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, online, order, segments

DAY = 86_400_000_000
KEPT = ("    every: 1d\n    delay: 1h\n", "    every: 1d\n    delay: 1h\n    keep: 100d\n")
WINDOWED = ("largest, agg: max, of: amount, windows: [7d]}", "note, agg: last, of: note, ttl: 30d}")
OTHER = """\
  - name: customer_long
    entity: customer
    source: orders
    features:
      - {name: orders, agg: count, windows: [60d]}
"""
SPRING, SUMMER, AUTUMN = "2024-04-02T05:00:00", "2024-07-02T05:00:00", "2024-11-02T05:00:00"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A year of orders, kept for 100 days in tiles; nothing is of all history."""
    shop = Shop(tmp_path, ONE_VIEW.replace("      - {name: note, agg: last, of: note, ttl: 30d}\n", ""))
    for month in range(1, 11):
        rows = [order(f"2024-{month:02}-{day:02}", name, day) for day in (3, 15, 27) for name in ("ann", "bob")]
        shop.land(f"month_{month:02}", rows)
    shop.change(KEPT)
    shop.applied(SPRING)
    return shop


def _first(shop: Shop, now: str) -> int:
    return min(item.end for item in segments(shop.store(now)))


def test_what_is_older_than_keep_is_dropped_and_not_built_again(shop: Shop) -> None:
    shop.store(SPRING).materialize()
    asked = bits(frame(shop.store(SPRING), "customer_daily", ["ann"], "2024-03-20"))
    report = shop.store(AUTUMN).materialize().tables[0]
    assert report.expired > 0 and report.gaps == ()
    assert _first(shop, AUTUMN) > parse_instant("2024-11-02") - 100 * DAY
    assert shop.store(AUTUMN).materialize().did_nothing
    assert shop.store(AUTUMN).vacuum("0s").segments >= report.expired
    # What tiles no longer hold is read from the source.
    assert bits(frame(shop.store(AUTUMN), "customer_daily", ["ann"], "2024-03-20")) == asked
    served = bits(online(shop.store(AUTUMN), "customer_daily", ["ann", "bob"]))
    assert served == bits(frame(shop.store(AUTUMN), "customer_daily", ["ann", "bob"], AUTUMN))


def test_a_first_run_builds_what_is_kept_and_no_more(shop: Shop) -> None:
    report = shop.store(AUTUMN).materialize().tables[0]
    assert _first(shop, AUTUMN) > parse_instant("2024-11-02") - 100 * DAY
    assert report.source_rows < 6 * 5
    shop.store(AUTUMN).materialize(start="2024-01-01", end="2024-05-01")
    assert _first(shop, AUTUMN) > parse_instant("2024-11-02") - 100 * DAY


def test_rows_late_by_more_than_keep_build_nothing_again(shop: Shop) -> None:
    shop.store(SPRING).materialize()
    shop.store(AUTUMN).materialize()
    before = segments(shop.store(AUTUMN))
    shop.land("forgotten", [order("2024-02-10T12:00:00", "ann", 5.0)])
    assert shop.store(AUTUMN).materialize().did_nothing
    assert segments(shop.store(AUTUMN)) == before


def test_a_slot_is_kept_as_long_as_the_view_that_keeps_it_longest_says(shop: Shop) -> None:
    shop.change(("feature_views:\n", f"feature_views:\n{OTHER}"))
    shop.applied(SPRING).materialize()
    shop.store(AUTUMN).materialize()
    held = {
        name for item in segments(shop.store(AUTUMN)) if item.end < parse_instant("2024-06-01") for name in item.slots
    }
    assert any(name.startswith("count_rows") for name in held)
    shop.change((OTHER, ""))
    report = shop.applied(AUTUMN).materialize().tables[0]
    assert report.expired > 0
    assert _first(shop, AUTUMN) > parse_instant("2024-11-02") - 100 * DAY


def test_what_is_kept_for_ever_again_is_built_again(shop: Shop) -> None:
    shop.store(AUTUMN).materialize()
    shop.change((KEPT[1], KEPT[0]))
    plan = shop.store(AUTUMN).plan()
    assert [change.change for change in plan.changes] == ["metadata"]
    report = shop.applied(AUTUMN).materialize().tables[0]
    assert report.built > 0 and report.rebuilt == 0
    assert _first(shop, AUTUMN) < parse_instant("2024-04-01")
    generations = shop.store(AUTUMN).get_generations("customer_daily")
    assert len(generations) == 1
