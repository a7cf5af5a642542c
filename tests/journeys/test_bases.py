"""Bases over months of a shop: read in place of old tiles, made again when late rows land, killed, vacuumed, erased."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from typing import Final

import pytest

from featurestore import FeatureStore
from featurestore.bases import drop_bases
from tests.journeys.all_history import (
    ALL_HISTORY,
    CUSTOMERS,
    INSTANTS,
    NOW,
    VIEW,
    bases_of,
    land_and_apply,
    read,
    set_up,
    vacuum,
    values,
)
from tests.journeys.processes import call, start
from tests.journeys.readings import materialize
from tests.journeys.shop import Shop, bits, frame, make_old, online, order

KILLS: Final = 6


def _explained(store: FeatureStore, at: str) -> str:
    import pandas as pd

    spine = pd.DataFrame({"customer": CUSTOMERS, "event_timestamp": pd.Timestamp(at, tz="UTC")})
    return store.get_historical_features(spine, [f"{VIEW}:*"]).explain(sql=False)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop", ALL_HISTORY)


def test_a_frame_reads_the_newest_base_that_no_window_reaches_and_explain_names_it(shop: Shop) -> None:
    store = set_up(shop)
    boundaries = [base.boundary for base in bases_of(store)]
    assert boundaries == sorted(set(boundaries)) and len(boundaries) >= 3
    with_bases = values(store)
    assert "1 base of 2024-05-17 in place of 5 segments" in _explained(store, "2024-06-20")
    assert "1 base of 2024-05-17 in place of 5 segments" in _explained(store, "2024-06-16T12:00:00")
    # A row of the day before that base's boundary may still be alive by its ttl of 30 days.
    assert "1 base of 2024-04-17 in place of 4 segments" in _explained(store, "2024-06-15T12:00:00")
    assert "base of" not in _explained(store, "2024-01-20")
    drop_bases(store._context, bases_of(store))
    assert "base of" not in _explained(store, "2024-06-20")
    assert values(store) == with_bases


def test_late_rows_before_a_base_make_it_again_and_nothing_else_does(shop: Shop) -> None:
    store = set_up(shop)
    before = bases_of(store)
    again = shop.store("2024-06-21T05:00:00").materialize()
    assert [table.bases for table in again.tables] == [0] and bases_of(store) == before
    shop.land("forgotten", [order("2024-05-10T12:00:00", "late", 5.0)])
    later = shop.store("2024-06-22T05:00:00")
    later.materialize()
    may = [base for base in before if base.boundary <= 1_715_299_200_000_000]
    assert may and [base for base in bases_of(later) if base.boundary <= may[-1].boundary] == may
    assert {base.id for base in bases_of(later)} - {base.id for base in may}
    assert all(base.boundary > may[-1].boundary for base in bases_of(later) if base not in may)
    (row,) = frame(later, VIEW, ["late"], "2024-06-20")
    assert row["orders_ever"] == 1 and row["last_amounts"] == [5.0]
    assert online(later, VIEW, ["late"])[0]["orders_ever"] == 1


def test_an_earlier_frame_does_not_read_bases_of_later_segments(shop: Shop) -> None:
    store = set_up(shop)
    expected = values(store)
    shop.land("forgotten", [order("2024-02-01T12:00:00", "c1", 1e6)])
    later = shop.store("2024-06-22T05:00:00")
    later.materialize()
    assert values(later) != expected
    import pandas as pd

    for at, row_values in zip(INSTANTS, expected, strict=True):
        spine = pd.DataFrame({"customer": CUSTOMERS, "event_timestamp": pd.Timestamp(at, tz="UTC")})
        known = later.get_historical_features(spine, [f"{VIEW}:*"], knowledge=NOW).to_arrow()
        assert bits(known.drop_columns(["customer", "event_timestamp"]).to_pylist()) == row_values


def test_vacuum_deletes_what_nothing_reads_and_keeps_what_a_pinned_version_may(shop: Shop) -> None:
    store = set_up(shop)
    root, registry = store._context.offline_root, store._context.registry
    first = bases_of(store)
    pin = registry.segments.pin(registry.segments.latest_version(), 2**61)
    shop.land("forgotten", [order("2024-01-02T12:00:00", "late", 5.0)])
    later = shop.store("2024-06-22T05:00:00")
    later.materialize()
    assert not {base.id for base in first} & {base.id for base in bases_of(later)}
    assert later.vacuum("0s").bases == 0 and all((root / base.path).exists() for base in first)
    registry.segments.unpin(pin)
    assert shop.store("2024-06-22T05:00:00").vacuum("7d").bases == 0
    expected = values(later)
    assert later.vacuum("0s").bases == len(first) and not any((root / base.path).exists() for base in first)
    assert all((root / base.path).exists() for base in bases_of(later)) and values(later) == expected
    make_old(shop.folder)
    assert later.vacuum("0s").orphans == 0 and values(later) == expected


def test_an_erased_entity_is_in_no_base_and_the_next_run_makes_them_without_it(shop: Shop) -> None:
    store = set_up(shop)
    shop.land("forgotten", [order("2024-01-02T12:00:00", "late", 5.0)])
    later = shop.store("2024-06-22T05:00:00")
    later.materialize()
    others = [bits(frame(later, VIEW, CUSTOMERS[1:], at)) for at in INSTANTS]
    assert any(base.superseded_at for base in bases_of(later, superseded=True))
    later.erase({"customer": "c0"}, reason="asked to")
    assert bases_of(later, superseded=True) == []
    import pyarrow.parquet as pq

    root = store._context.offline_root
    again = shop.store("2024-06-23T05:00:00")
    again.materialize()
    assert bases_of(again)
    for file in root.rglob("*.parquet"):
        assert "c0" not in pq.read_table(file, columns=["customer"]).column("customer").to_pylist(), file
    assert [bits(frame(again, VIEW, CUSTOMERS[1:], at)) for at in INSTANTS] == others
    assert frame(again, VIEW, ["c0"], "2024-06-20")[0]["orders_ever"] == 0


def test_a_backup_has_no_bases_and_what_is_restored_makes_them_again(shop: Shop, tmp_path: Path) -> None:
    store = set_up(shop)
    expected, made = values(store), len(bases_of(store))
    store.backup(tmp_path / "backup")
    assert not list((tmp_path / "backup").rglob("base.parquet")) and not list((tmp_path / "backup").rglob("bases*"))
    shutil.rmtree(shop.folder / ".featurestore")
    restored = shop.store(NOW)
    restored.restore(tmp_path / "backup")
    assert bases_of(restored) == [] and values(restored) == expected
    restored.materialize()
    assert len(bases_of(restored)) == made and values(restored) == expected


def test_a_run_killed_while_it_makes_bases_leaves_values_right_and_a_rerun_completes(shop: Shop) -> None:
    call(land_and_apply, shop)
    state, copy = shop.folder / ".featurestore", shop.folder.parent / "before"
    shutil.copytree(state, copy)
    spent: dict[str, float] = call(materialize, shop, NOW)
    found = call(read, shop)
    chance, kills = random.Random(5), 0
    while kills < KILLS:
        shutil.rmtree(state)
        shutil.copytree(copy, state)
        run = start(materialize, shop, NOW)
        run.wait_until("bases")
        time.sleep(spent["bases"] * (kills + chance.random()) / KILLS)
        if not run.kill():
            spent["bases"] *= 0.8
            continue
        kills += 1
        assert call(read, shop)[0] == found[0]
        call(materialize, shop, NOW)
        assert call(read, shop) == found
        make_old(shop.folder)
        call(vacuum, shop)
        assert call(read, shop)[0] == found[0]
