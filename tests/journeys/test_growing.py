"""A shop's life: late rows, new and removed features, changed computations, interrupted and caught-up publishes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest

from definitions.errors import ConflictError, RequestError
from definitions.online_row import Loaded, OnlineRow
from featurestore.clock import SystemClock
from tests.journeys.processes import start
from tests.journeys.readings import materialize
from tests.journeys.shop import (
    ONE_VIEW,
    VIEWS,
    Shop,
    bits,
    frame,
    known_files,
    make_old,
    offline_files,
    online,
    order,
    raising,
    segments,
    state_of,
)

NOW = "2024-04-02T05:00:00"
PIECES = (
    "      - {name: largest",
    "      - {name: pieces, agg: sum, of: pieces, windows: [60d]}\n      - {name: largest",
)
"""One feature more."""

CUSTOMERS = ["ann", "bob", "eve", "nobody"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path, ONE_VIEW)
    for month in (1, 2, 3):
        rows = [order(f"2024-0{month}-{day:02}", name, day / 10) for day in (3, 15, 27) for name in ("ann", "bob")]
        shop.land(f"month_{month}", [*rows, order(f"2024-0{month}-09", "eve", month)])
    shop.applied(NOW)
    return shop


def _assert_online_is_training(shop: Shop, now: str, *views: str) -> None:
    store = shop.store(now)
    for view in views or ("customer_daily",):
        assert bits(online(store, view, CUSTOMERS)) == bits(frame(store, view, CUSTOMERS, now)), view


def test_the_same_twice_does_nothing_the_second_time(shop: Shop) -> None:
    assert not shop.store(NOW).materialize().did_nothing
    before = (segments(shop.store(NOW)), state_of(shop.folder))
    assert shop.store(NOW).materialize().did_nothing
    assert (segments(shop.store(NOW)), state_of(shop.folder)) == before


def test_late_rows_build_their_own_segment_again_and_no_other(shop: Shop) -> None:
    shop.store(NOW).materialize()
    before = segments(shop.store(NOW))
    assert len(before) >= 3
    shop.land("late", [order("2024-02-20T10:00:00", "eve", 100.0)])
    report = shop.store(NOW).materialize()
    after = segments(shop.store(NOW))
    kept = {item.id for item in before} & {item.id for item in after}
    assert len(kept) == len(before) - 1 and len(after) == len(before)
    (replaced,) = [item for item in before if item.id not in kept]
    assert replaced.start <= 1_708_423_200_000_000 < replaced.end
    assert (report.tables[0].built, report.tables[0].rebuilt) == (0, 1)
    assert report.published[0].rows == 1
    assert frame(shop.store(NOW), "customer_daily", ["eve"], "2024-02-22")[0]["spent_7d"] == 100.0
    assert online(shop.store(NOW), "customer_daily", ["eve"])[0]["spent_60d"] == 100.0 + 2.0 + 3.0
    _assert_online_is_training(shop, NOW)


def test_rows_taken_out_of_a_file_are_gone_from_the_segment_and_from_online(shop: Shop) -> None:
    shop.land("month_3", [order("2024-03-27", "ann", 2.7)])
    shop.land("passing", [order("2024-03-20", "zoe", 9.0)])
    shop.store(NOW).materialize()
    assert online(shop.store(NOW), "customer_daily", ["zoe"])[0]["orders_60d"] == 1
    (shop.folder / "data" / "orders" / "passing.parquet").unlink()
    shop.store(NOW).materialize()
    assert online(shop.store(NOW), "customer_daily", ["zoe"])[0]["orders_60d"] == 0
    _assert_online_is_training(shop, NOW)


def test_a_new_feature_fills_itself_in_without_touching_what_is_there(shop: Shop) -> None:
    shop.store(NOW).materialize()
    before = segments(shop.store(NOW))
    shop.change(PIECES)
    report = shop.applied(NOW).materialize()
    after = segments(shop.store(NOW))
    assert {item.id for item in before} <= {item.id for item in after}
    added = [item for item in after if item.id not in {old.id for old in before}]
    assert added and all(len(item.slots) <= 2 for item in added)
    assert report.tables[0].rebuilt == 0
    assert online(shop.store(NOW), "customer_daily", ["ann"])[0]["pieces_60d"] == 6
    _assert_online_is_training(shop, NOW)


def test_another_window_needs_no_tile(shop: Shop) -> None:
    shop.store(NOW).materialize()
    shop.change(("windows: [7d, 60d]", "windows: [3d, 7d, 60d]"))
    report = shop.applied(NOW).materialize()
    assert all(table.did_nothing for table in report.tables)
    _assert_online_is_training(shop, NOW)


def test_a_removed_feature_is_gone_for_training_and_online_and_costs_no_tile(shop: Shop) -> None:
    shop.store(NOW).materialize()
    shop.change(("      - {name: largest, agg: max, of: amount, windows: [7d]}\n", ""))
    report = shop.applied(NOW).materialize()
    assert all(table.did_nothing for table in report.tables)
    assert "largest_7d" not in online(shop.store(NOW), "customer_daily", ["ann"])[0]
    with pytest.raises(RequestError, match="largest_7d"):
        shop.store(NOW).get_historical_features(_spine(), ["customer_daily:largest_7d"])
    _assert_online_is_training(shop, NOW)


def test_online_serves_the_former_computation_until_the_new_one_is_published(shop: Shop) -> None:
    shop.store(NOW).materialize()
    before = online(shop.store(NOW), "customer_daily", CUSTOMERS)
    generation = shop.store(NOW).materialize().published[0].generation
    shop.change(("{name: spent, agg: sum, of: amount,", "{name: spent, agg: sum, of: amount * 2,"))
    store = shop.applied(NOW)
    assert online(store, "customer_daily", CUSTOMERS) == before
    assert store.materialize().published[0].generation != generation
    after = online(shop.store(NOW), "customer_daily", CUSTOMERS)
    assert [row["spent_60d"] for row in after[:3]] == [row["spent_60d"] * 2 for row in before[:3]]
    _assert_online_is_training(shop, NOW)


def test_a_service_that_gains_a_feature_is_served_as_it_was_until_the_feature_is_online(shop: Shop) -> None:
    service = '\nfeature_services:\n  - {name: next_order, features: ["customer_daily:*"]}\n'
    shop.declare(ONE_VIEW + service)
    shop.applied(NOW).materialize()
    before = shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict()
    shop.change(PIECES)
    shop.applied(NOW)
    assert shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict() == before
    shop.store(NOW).materialize()
    after = shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict()
    assert after["pieces_60d"] == [6]


def test_a_change_of_words_does_nothing(shop: Shop) -> None:
    shop.store(NOW).materialize()
    shop.change(("spent, agg: sum, of: amount,", "spent, description: Money, agg: sum, of: ' ( AMOUNT ) ',"))
    store = shop.applied(NOW)
    assert store.materialize().did_nothing


def test_several_boundaries_are_caught_up_at_once(shop: Shop) -> None:
    shop.store("2024-02-01T05:00:00").materialize()
    shop.store(NOW).materialize()
    _assert_online_is_training(shop, NOW)


def test_windows_expire_online_without_any_new_row(shop: Shop) -> None:
    shop.store("2024-03-28T05:00:00").materialize()
    assert online(shop.store(NOW), "customer_daily", ["ann"])[0]["orders_1d"] == 1
    shop.store(NOW).materialize()
    assert online(shop.store(NOW), "customer_daily", ["ann"])[0]["orders_1d"] == 0
    _assert_online_is_training(shop, NOW)


def test_what_expires_between_an_interrupted_first_publish_and_the_next_is_published(shop: Shop) -> None:
    """Rows of the interrupted one may be online already, so whoever had one has to get another."""
    shop.change(("      - {name: note, agg: last, of: note, ttl: 30d}\n", ""))
    first = "2024-03-31T05:00:00"
    store = shop.applied(first)
    store.materialize(publish=False)
    registry = store._context.registry.generations
    registry.finish_publish = raising(KeyboardInterrupt())  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        store.publish()
    shop.store("2024-07-01T05:00:00").materialize()
    _assert_online_is_training(shop, "2024-07-01T05:00:00")


@pytest.mark.parametrize("place", ["finish_publish", "promote"])
def test_a_publish_that_was_interrupted_is_completed_by_the_next_run(shop: Shop, place: str) -> None:
    shop.store("2024-03-28T05:00:00").materialize()
    store = shop.store(NOW)
    registry = store._context.registry
    setattr(registry.generations, place, raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        store.materialize()
    shop.store(NOW).materialize()
    _assert_online_is_training(shop, NOW)
    (fresh,) = shop.store(NOW).get_online_features(["customer_daily:*"], []).freshness
    assert fresh.watermark == 1_712_016_000_000_000


def test_a_publish_interrupted_between_two_batches_is_completed(shop: Shop) -> None:
    shop.land("many", [order("2024-03-30", f"c{number}") for number in range(5_100)])
    store = shop.store(NOW)
    load = store._online.load

    def load_a_batch(generation: int, rows: Iterable[OnlineRow], expected: int) -> Loaded:
        load(generation, islice(rows, 5_000), expected)
        raise KeyboardInterrupt

    store._online.load = load_a_batch  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        store.materialize()
    with pytest.raises(RequestError, match="not online"):
        online(shop.store(NOW), "customer_daily", ["ann"])
    shop.store(NOW).materialize()
    customers = [f"c{number}" for number in range(5_100)]
    assert {row["orders_60d"] for row in online(shop.store(NOW), "customer_daily", customers)} == {1}
    _assert_online_is_training(shop, NOW)


def test_two_materializations_at_once_give_what_one_gives(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for month in (1, 2, 3):
        days = [f"2024-0{month}-03", f"2024-0{month}-27"]
        shop.land(f"month_{month}", [order(day, name) for day in days for name in ("ann", "bob")])
    shop.applied(NOW)
    runs = [start(materialize, shop, NOW) for _ in range(2)]
    for run in runs:
        run.result()
    held = segments(shop.store(NOW))
    for item in held:
        for other in held:
            apart = item.end <= other.start or other.end <= item.start
            assert item.id == other.id or item.tile_table != other.tile_table or apart
    _assert_online_is_training(shop, NOW, *(view for view in VIEWS if view != "product_daily"))
    assert offline_files(shop.store(NOW)) == known_files(shop.store(NOW))
    assert shop.store(NOW).materialize().did_nothing


def test_tiles_that_are_there_are_not_taken_in_twice(shop: Shop) -> None:
    store = shop.store(NOW)
    store.materialize()
    registry = store._context.registry
    first = segments(store)[0]
    lease = registry.leases.acquire(f"tiles/{first.tile_table}", "another", 10, 0)
    with pytest.raises(ConflictError, match="from the beginning"):
        registry.segments.swap(lease, first.tile_table, [], [first], 0)


def test_features_in_another_order_are_the_same_rows_read_alike(shop: Shop) -> None:
    shop.store(NOW).materialize()
    counted = "      - {name: orders, agg: count, windows: [1d, 7d, 60d]}\n"
    shop.change((counted, ""), ("      - {name: largest", f"{counted}      - {{name: largest"))
    assert shop.applied(NOW).materialize().did_nothing
    _assert_online_is_training(shop, NOW)


def test_late_rows_are_published_even_if_the_tiles_before_them_were_vacuumed(shop: Shop) -> None:
    shop.land("passing", [order("2024-03-20", "zoe", 9.0)])
    shop.store(NOW).materialize()
    shop.land("late", [order("2024-03-20T10:00:00", "eve", 100.0)])
    (shop.folder / "data" / "orders" / "passing.parquet").unlink()
    shop.store(NOW).materialize(publish=False)
    assert shop.store(NOW).vacuum("0s").segments > 0
    (report,) = shop.store(NOW).publish()
    assert report.reason == "earlier tiles are gone: every entity"
    _assert_online_is_training(shop, NOW)
    assert online(shop.store(NOW), "customer_daily", ["zoe"])[0]["orders_60d"] == 0
    assert shop.store(NOW).materialize().did_nothing


def test_vacuum_deletes_what_nobody_reads_and_nothing_else(shop: Shop) -> None:
    shop.store(NOW).materialize()
    shop.land("late", [order("2024-02-20T10:00:00", "eve", 100.0)])
    shop.store(NOW).materialize()
    orphan = shop.folder / ".featurestore" / "offline" / "customer_1d_x" / "killed"
    for segment in ("0000", "0001"):
        (orphan / segment).mkdir(parents=True)
        (orphan / segment / "tiles.parquet").write_bytes(b"half")
    young = shop.store(NOW).vacuum("0s")
    assert (young.segments, young.orphans) == (1, 0) and orphan.exists()
    make_old(shop.folder)
    leases = shop.store(NOW)._context.registry.leases
    lease = leases.acquire("tiles/customer_1d_x", "a build of two hours", 60, SystemClock().now())
    assert shop.store(NOW).vacuum("0s").orphans == 0
    leases.release(lease)
    assert shop.store(NOW).vacuum("0s").orphans == 2 and not orphan.exists()
    assert offline_files(shop.store(NOW)) == known_files(shop.store(NOW))
    _assert_online_is_training(shop, NOW)
    assert shop.store(NOW).materialize().did_nothing


def test_vacuum_leaves_everything_where_the_registry_knows_no_segment(shop: Shop) -> None:
    shop.store(NOW).materialize()
    before = state_of(shop.folder)
    for file in (shop.folder / ".featurestore").glob("registry.db*"):
        file.unlink()
    make_old(shop.folder)
    assert shop.store(NOW).vacuum("0s").orphans == 0
    assert set(state_of(shop.folder)) == set(before)


def test_vacuum_finishes_what_a_killed_vacuum_left(shop: Shop) -> None:
    shop.store(NOW).materialize()
    shop.land("late", [order("2024-02-20T10:00:00", "eve", 100.0)])
    shop.store(NOW).materialize()
    store = shop.store(NOW)
    registry = store._context.registry.segments
    superseded = registry.superseded(2**62)
    registry.forget([item.id for item in superseded], 0)
    make_old(shop.folder)
    store.vacuum("0s")
    assert offline_files(shop.store(NOW)) == known_files(shop.store(NOW))


def _spine() -> pd.DataFrame:
    return pd.DataFrame({"customer": ["ann"], "event_timestamp": pd.to_datetime(["2024-03-01"])})
