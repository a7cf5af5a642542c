"""Daily runs of a shop leave few segments, which publishes do not take for changes and kills do not harm."""

from __future__ import annotations

import random
import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from featurestore import materialize
from featurestore.compact import Compaction, compact_tables
from tests.journeys.processes import call, start
from tests.journeys.readings import compact
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, frames, make_old, online, order, random_orders, segments

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
    store = shop.store(_night(4))
    context = store._context
    (report,) = compact_tables(context, {column.table for column in context.applied().all_columns()}, few=2)
    assert report.before >= 4
    assert store.vacuum("0s").segments >= 4
    # Nobody else: the windows of 28 and 60 days are longer than there have been orders.
    shop.land("day_5", [order(f"{FIRST + timedelta(days=5)}T10:00:00", "c7")])
    published = shop.store(_night(5)).materialize().published[0]
    leaving = {row["customer"] for row in _orders_of(4)}
    assert published.rows == len(leaving | {"c7"}) < len(CUSTOMERS)


def _orders_of(day: int) -> list[dict[str, Any]]:
    return random_orders(day, str(FIRST + timedelta(days=day)), 1, 40, len(CUSTOMERS))


def test_a_row_that_is_late_for_what_is_compacted_in_the_same_run_publishes_its_customer_alone(shop: Shop) -> None:
    _live(shop, 0, 7)
    while len(segments(shop.store(_night(6)))) < 8:
        _live(shop, 7, 8)
    store = shop.store(_night(7))
    before = bits(online(store, "customer_daily", CUSTOMERS))
    store.materialize()
    shop.land("late", [order("2024-01-04T10:00:00", "c9", 1000.0)])
    report = shop.store(_night(7)).materialize()
    compacted = shop.store(_night(7)).compact()
    assert report.tables[0].rebuilt == 1
    assert report.published[0].rows == 1
    after = bits(online(shop.store(_night(7)), "customer_daily", CUSTOMERS))
    assert [one != other for one, other in zip(before, after, strict=True)].count(True) == 1
    assert all(item.before == 0 for item in compacted)
    assert after == bits(frame(shop.store(_night(7)), "customer_daily", CUSTOMERS, _night(7)))


def test_a_compaction_killed_anywhere_leaves_all_or_nothing_and_the_next_one_completes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(materialize, "compact_table", lambda context, lease, table: Compaction(table.label))
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
        files = {str(path.relative_to(state / "offline")) for path in (state / "offline").rglob("*.parquet")}
        assert files == {item.path for item in segments(shop.store(_night(60)))}
    assert whole > 0
