"""Tiles are kept as long as a view says, by whoever keeps them longest, and never built again beyond that."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from definitions.errors import RequestError
from featurestore.clock import parse_instant
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, online, order, segments

DAY = 86_400_000_000
KEPT = ("    every: 1d\n    delay: 1h\n", "    every: 1d\n    delay: 1h\n    keep: 100d\n")
OTHER = """\
  - name: customer_long
    entity: customer
    source: orders
    features:
      - {name: orders, agg: count, windows: [60d]}
"""
FAST = """\
  - name: customer_fast
    entity: customer
    source: orders
    keep: 30d
    features:
      - {name: pieces, agg: sum, of: pieces, windows: [7d]}
"""
SPRING, AUTUMN = "2024-04-02T05:00:00", "2024-11-02T05:00:00"


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


def test_an_expiry_and_a_late_row_in_one_run_do_not_publish_those_of_the_dropped_tiles(shop: Shop) -> None:
    shop.land("march", [order("2024-03-27", f"old_{number}") for number in range(20)])
    shop.store("2024-07-20T05:00:00").materialize()
    for day in range(21, 31):
        shop.land(f"late_{day}", [order("2024-06-20T12:00:00", "cat", 3.0)])
        report = shop.store(f"2024-07-{day}T05:00:00").materialize()
        if report.tables[0].expired:
            break
    assert report.tables[0].expired and report.tables[0].rebuilt
    # The late row, and what ann and bob ordered at the end of May and leaves a window now.
    assert report.published[0].rows == len({"ann", "bob", "cat"})


def test_whoever_had_a_value_in_tiles_that_were_dropped_before_the_next_publish_has_none_afterwards(
    shop: Shop,
) -> None:
    shop.land("zoe", [order("2024-03-15", "zoe", 3.0)])
    shop.store(SPRING).materialize()
    assert online(shop.store(SPRING), "customer_daily", ["zoe"])[0]["orders_60d"] == 1
    shop.store(AUTUMN).materialize(publish=False)
    for name in ("month_01", "month_02", "month_03", "zoe"):
        (shop.folder / "data" / "orders" / f"{name}.parquet").unlink()
    shop.store(AUTUMN).publish()
    served = bits(online(shop.store(AUTUMN), "customer_daily", ["ann", "zoe"]))
    assert served == bits(frame(shop.store(AUTUMN), "customer_daily", ["ann", "zoe"], AUTUMN))


def test_keep_is_counted_back_from_the_boundary_of_the_view_itself(tmp_path: Path) -> None:
    slow = OTHER.replace("    features:\n", "    delay: 40d\n    keep: 61d\n    features:\n")
    fast = ONE_VIEW.partition("feature_views:")[0] + "feature_views:\n" + slow + FAST
    shop = Shop(tmp_path, fast)
    shop.land("orders", [order(f"2024-{month:02}-{day:02}", "ann", day) for month in range(1, 9) for day in (3, 15)])
    shop.applied(SPRING)
    for day in range(1, 31, 3):
        report = shop.store(f"2024-06-{day:02}T05:00:00").materialize()
        assert all(item.boundary is not None for item in report.published), report.published
    assert _first(shop, "2024-06-30") > parse_instant("2024-01-15")


def test_a_frame_of_then_is_given_again_until_what_was_dropped_is_vacuumed(shop: Shop) -> None:
    shop.store(SPRING).materialize()
    instants = pa.array([parse_instant("2024-03-28")], pa.timestamp("us", tz="UTC"))
    spine = pa.table({"customer": ["ann"], "event_timestamp": instants})
    then = shop.store(SPRING).get_historical_features(spine, ["customer_daily:*"])
    assert shop.store(AUTUMN).materialize().tables[0].expired > 0
    again = shop.store(AUTUMN).get_historical_features(spine, manifest=then.manifest)
    assert again.to_arrow().equals(then.to_arrow())
    shop.store(AUTUMN).vacuum("0s")
    with pytest.raises(RequestError, match="vacuum deleted"):
        shop.store(AUTUMN).get_historical_features(spine, manifest=then.manifest).to_arrow()
