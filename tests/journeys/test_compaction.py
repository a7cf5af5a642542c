"""Daily runs of a shop leave few segments, which publishes do not take for changes and kills do not harm."""

from __future__ import annotations

import random
import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from definitions.durations import DAY
from featurestore import materialize
from featurestore.clock import parse_instant
from featurestore.compact import Compaction, compact_tables
from tests.journeys.processes import call, start
from tests.journeys.readings import compact
from tests.journeys.shop import (
    ONE_VIEW,
    Shop,
    bits,
    frame,
    frames,
    known_files,
    make_old,
    offline_files,
    online,
    order,
    random_orders,
    segments,
)

FIRST: Final = date(2024, 1, 1)
CUSTOMERS: Final = [f"c{number}" for number in range(60)]
KILLS: Final = 12


def _night(day: int) -> str:
    """Shortly after the end of a day, when its boundary is due."""
    return f"{FIRST + timedelta(days=day + 1)}T02:00:00"


def _live(shop: Shop, first: int, last: int) -> list[Any]:
    """Orders of every day from `first` up to `last`, each with its run; the runs' reports."""
    reports = []
    for day in range(first, last):
        shop.land(f"day_{day:03}", _orders_of(day))
        reports.append(shop.store(_night(day)).materialize())
    return reports


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop", ONE_VIEW)
    shop.land("opening", [order("2023-12-31T12:00:00", "c1")])
    shop.applied(_night(0))
    return shop


def test_weeks_of_daily_runs_leave_few_segments_and_the_values_of_one_run(shop: Shop, tmp_path: Path) -> None:
    reports = _live(shop, 0, 40)
    assert sum(report.tables[0].compacted for report in reports) > 30
    assert len(segments(shop.store(_night(39)))) <= 10
    asked = ("2024-01-08T03:00:00", "2024-01-31T10:00:00", _night(39))
    daily = bits(frames(shop.store(_night(39)), ["customer_daily"], CUSTOMERS, asked))
    shutil.copytree(shop.folder / "data", tmp_path / "at_once" / "data")
    at_once = Shop(tmp_path / "at_once", ONE_VIEW)
    at_once.applied(_night(39)).materialize()
    assert daily == bits(frames(at_once.store(_night(39)), ["customer_daily"], CUSTOMERS, asked))
    served = bits(online(shop.store(_night(39)), "customer_daily", CUSTOMERS))
    assert served == bits(online(at_once.store(_night(39)), "customer_daily", CUSTOMERS))
    assert served == bits(frame(shop.store(_night(39)), "customer_daily", CUSTOMERS, _night(39)))


def test_after_a_compaction_whose_parts_are_vacuumed_the_next_day_publishes_whom_it_changed(shop: Shop) -> None:
    _live(shop, 0, 5)
    _compact_all(shop, 4)
    assert shop.store(_night(4)).vacuum("0s").segments >= 4
    changed = _land_a_quiet_day(shop, 5)
    assert shop.store(_night(5)).materialize().published[0].rows == len(changed) < len(CUSTOMERS)


def test_a_day_that_is_compacted_before_it_is_published_publishes_whom_it_changed(shop: Shop) -> None:
    _live(shop, 0, 5)
    changed = _land_a_quiet_day(shop, 5)
    shop.store(_night(5)).materialize(publish=False)
    _compact_all(shop, 5)
    assert shop.store(_night(5)).publish()[0].rows == len(changed) < len(CUSTOMERS)


def _compact_all(shop: Shop, day: int) -> None:
    """Put all days into one segment; the first, which begins with time itself, stays."""
    context = shop.store(_night(day))._context
    (report,) = compact_tables(context, {column.table for column in context.applied().all_columns()}, few=2)
    assert (report.before, report.after) == (day, 1)


def _land_a_quiet_day(shop: Shop, day: int) -> set[str]:
    """One order on a day; whose values it changes, with those whose orders leave the window of a day. Nobody else: the
    other windows are longer than there have been orders."""
    shop.land(f"day_{day}", [order(f"{FIRST + timedelta(days=day)}T10:00:00", "c7")])
    return {"c7", *(row["customer"] for row in _orders_of(day - 1))}


def _orders_of(day: int) -> list[dict[str, Any]]:
    return random_orders(day, str(FIRST + timedelta(days=day)), 1, 40, len(CUSTOMERS))


def test_a_row_that_was_late_for_what_is_compacted_before_it_is_published_publishes_its_customer_alone(
    shop: Shop,
) -> None:
    _live(shop, 0, 5)
    before = bits(online(shop.store(_night(4)), "customer_daily", CUSTOMERS))
    shop.land("late", [order("2024-01-03T10:00:00", "c9", 1000.0)])
    assert shop.store(_night(4)).materialize(publish=False).tables[0].rebuilt == 1
    _compact_all(shop, 4)
    assert shop.store(_night(4)).publish()[0].rows == 1
    after = bits(online(shop.store(_night(4)), "customer_daily", CUSTOMERS))
    assert [one != other for one, other in zip(before, after, strict=True)].count(True) == 1
    assert after == bits(frame(shop.store(_night(4)), "customer_daily", CUSTOMERS, _night(4)))


def test_a_stale_segment_is_not_compacted_before_it_is_built_again(shop: Shop) -> None:
    _live(shop, 0, 6)
    shop.land("late", [order(f"2024-01-0{day}T12:00:00", "c1", 1000.0) for day in (2, 5)])
    # Only one of the two days that the file is late for is built again, so that its tiles have the file already.
    shop.store(_night(5)).materialize(start="2024-01-05")
    held = {(item.start, item.end) for item in segments(shop.store(_night(5)))}
    context = shop.store(_night(5))._context
    compact_tables(context, {column.table for column in context.applied().all_columns()}, few=2)
    second = parse_instant("2024-01-02")
    assert (second, second + DAY) in held & {(item.start, item.end) for item in segments(shop.store(_night(5)))}
    assert shop.store(_night(5)).materialize().tables[0].rebuilt == 1
    kept = bits(frame(shop.store(_night(5)), "customer_daily", ["c1"], _night(5)))
    shop.store(_night(5)).materialize(full=True)
    assert kept == bits(frame(shop.store(_night(5)), "customer_daily", ["c1"], _night(5)))


def test_late_rows_of_what_was_compacted_are_as_many_and_as_late_as_of_what_was_not(shop: Shop, tmp_path: Path) -> None:
    _live(shop, 0, 6)
    shutil.copytree(shop.folder, tmp_path / "other")
    other = Shop(tmp_path / "other", ONE_VIEW)
    _compact_all(shop, 5)
    counted = []
    for each in (shop, other):
        for day, hour in ((1, 4), (3, 12), (3, 18)):
            each.land(f"late_{day}_{hour}", [order(f"2024-01-0{day + 1}T{hour:02}:00:00", f"c{hour}", 5.0)])
        each.store(_night(7)).materialize()
        context = each.store(_night(7))._context
        (table,) = {column.table.name for column in context.applied().all_columns()}
        found = context.registry.late_rows.since(table, 0)
        counted.append((sum(late.rows for late in found), sorted(item for late in found for item in late.lateness)))
    assert counted[0] == counted[1] and counted[0][0] == 3


def test_sums_whose_parts_have_other_limbs_are_the_same_to_the_bit_when_compacted(shop: Shop) -> None:
    for day, amount in enumerate((0.1, 1e300, 1e-300, 3.0)):
        shop.land(f"day_{day}", [order(f"{FIRST + timedelta(days=day)}T10:00:00", "c1", amount)])
        shop.store(_night(day)).materialize()
    columns = {item.slots[name] for item in segments(shop.store(_night(3))) for name in item.slots if "sum" in name}
    assert len(columns) > 1
    asked = bits(frame(shop.store(_night(3)), "customer_daily", ["c1"], _night(3)))
    _compact_all(shop, 3)
    assert asked == bits(frame(shop.store(_night(3)), "customer_daily", ["c1"], _night(3)))


def test_a_compaction_killed_anywhere_leaves_all_or_nothing_and_the_next_one_completes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(materialize, "compact_table", lambda context, lease, table, survey: Compaction(table.label))
        _live(shop, 0, 61)
    asked = ("2024-01-08T03:00:00", "2024-02-20T10:00:00", _night(60))
    expected = bits(frames(shop.store(_night(60)), ["customer_daily"], CUSTOMERS, asked))
    state = shop.folder / ".featurestore"
    shutil.copytree(state, shop.folder.parent / "before")
    uncompacted = {item.path for item in segments(shop.store(_night(60)))}
    began = time.monotonic()
    call(compact, shop, _night(60))
    spent = time.monotonic() - began
    compacted = [(item.start, item.end) for item in segments(shop.store(_night(60)))]
    assert len(compacted) < 10 < len(uncompacted)

    chance, kills, whole = random.Random(7), 0, 0
    while kills < KILLS:
        shutil.rmtree(state)
        shutil.copytree(shop.folder.parent / "before", state)
        run = start(compact, shop, _night(60))
        time.sleep(spent * chance.random())
        if not run.kill():
            spent *= 0.9
            continue
        kills += 1
        seen = segments(shop.store(_night(60)))
        assert {item.path for item in seen} == uncompacted or [(item.start, item.end) for item in seen] == compacted
        whole += {item.path for item in seen} == uncompacted
        assert bits(frames(shop.store(_night(60)), ["customer_daily"], CUSTOMERS, asked)) == expected
        call(compact, shop, _night(60))
        assert [(item.start, item.end) for item in segments(shop.store(_night(60)))] == compacted
        assert bits(frames(shop.store(_night(60)), ["customer_daily"], CUSTOMERS, asked)) == expected
        make_old(shop.folder)
        shop.store(_night(60)).vacuum("0s")
        assert offline_files(shop.store(_night(60))) == known_files(shop.store(_night(60)))
    assert whole > 0
