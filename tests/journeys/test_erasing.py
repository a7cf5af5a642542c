"""An erased entity is nowhere any more, others are what they were, and the record says why but not who."""

from __future__ import annotations

import json
import random
import shutil
import time
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
import pytest

from definitions.errors import RequestError
from featurestore import FeatureStore
from featurestore.erasure_findings import ERASED_AGAIN_THERE, UNFINISHED_ERASURE
from featurestore.finding_words import finding_words
from tests.featurestore.backups import empty_machine
from tests.journeys.processes import call, start
from tests.journeys.readings import erase, restore
from tests.journeys.shop import (
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
)

NOW: Final = "2024-04-01T05:00:00"
CUSTOMERS: Final = [f"c{number}" for number in range(40)]
OTHERS: Final = [name for name in CUSTOMERS if name != "c7"]
ASKED: Final = ("2024-01-20", "2024-02-11T10:00:00", NOW)
VIEWS: Final = ("customer_daily", "customer_latest")
PAIRS: Final = """
  - name: pairs
    entity: pair
    source: orders
    every: 1d
    features:
      - {name: bought, agg: sum, of: pieces, windows: [60d]}
      - {name: ever, agg: count}
"""
KILLS: Final = 12


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Three months of orders, one of which came late: an earlier version of its segment is still there."""
    shop = Shop(tmp_path / "shop")
    entity = "  - {name: pair, keys: {customer: string, product: bigint}}\n"
    shop.change(("sources:\n", f"{entity}sources:\n"), ("feature_services:\n", f"{PAIRS}feature_services:\n"))
    for month in range(3):
        shop.land(f"month_{month + 1}", random_orders(month, f"2024-0{month + 1}-01", 28, 900, len(CUSTOMERS)))
    shop.applied("2024-03-30T05:00:00").materialize()
    shop.land("late", [order("2024-02-10T12:00:00", "c7", 5.0), order("2024-02-10T12:00:00", "c8", 5.0)])
    shop.store(NOW).materialize()
    return shop


def _files_with(shop: Shop, name: str) -> list[str]:
    """The files below the offline store that have the customer, and the online store if it has."""
    found = []
    for file in (shop.folder / ".featurestore" / "offline").rglob("*.parquet"):
        table = pq.read_table(file)
        if "customer" in table.column_names and name in table.column("customer").to_pylist():
            found.append(str(file))
    return found


def _remove_from_sources(shop: Shop, name: str) -> None:
    for file in sorted((shop.folder / "data" / "orders").glob("*.parquet")):
        rows = [row for row in pq.read_table(file).to_pylist() if row["customer"] != name]
        file.unlink()
        if rows:
            shop.land(file.stem, rows)


def _everybody(store: FeatureStore, names: list[str]) -> Any:
    served = [bits(online(store, view, names)) for view in VIEWS]
    return served, bits(frames(store, VIEWS, names, ASKED))


def test_nothing_is_left_of_an_erased_entity_and_others_are_what_they_were(shop: Shop) -> None:
    store = shop.store(NOW)
    before = _everybody(store, OTHERS)
    superseded = [item for item in store._context.registry.segments.present() if item.superseded_at is not None]
    assert superseded and _files_with(shop, "c7")
    _remove_from_sources(shop, "c7")
    report = store.erase({"customer": "c7"}, reason="request 117")
    assert report.files >= len(superseded) and report.tiles > 0 and report.rows >= 3 and report.sources == {}
    assert _files_with(shop, "c7") == []
    fresh = shop.store(NOW)
    assert _everybody(fresh, OTHERS) == before
    for view in VIEWS:
        assert online(fresh, view, ["c7"]) == online(fresh, view, ["nobody"])
        assert frame(fresh, view, ["c7"], NOW) == frame(fresh, view, ["nobody"], NOW)
    listed = fresh.get_features_as_of(NOW, ["customer_daily:*"]).to_arrow().column("customer").to_pylist()
    assert "c7" not in listed and "c8" in listed
    # Tiles that are built again from sources that have changed hold nothing of it either.
    fresh.materialize()
    assert _files_with(shop, "c7") == []
    assert _everybody(shop.store(NOW), OTHERS) == before


def test_a_part_of_a_key_erases_all_that_have_it_and_a_whole_key_only_one(shop: Shop) -> None:
    store = shop.store(NOW)
    pairs = [{"customer": name, "product": product} for name in ("c7", "c8") for product in range(50)]

    def bought(asked: FeatureStore) -> list[int]:
        return list(asked.get_online_features(["pairs:ever"], pairs).to_dict()["ever"])

    before = bought(store)
    (held, *_) = [place for place in range(50) if before[place]]
    store.erase({"customer": "c7", "product": str(held)}, reason="test")
    after = bought(shop.store(NOW))
    assert [place for place in range(100) if after[place] != before[place]] == [held]
    assert online(store, "customer_daily", ["c7"]) != online(store, "customer_daily", ["nobody"])
    shop.store(NOW).erase({"customer": "c7"}, reason="test")
    assert bought(shop.store(NOW)) == [0] * 50 + before[50:]
    assert _files_with(shop, "c7") == []


def test_an_earlier_frame_is_had_again_without_the_entity_and_says_so(shop: Shop) -> None:
    store = shop.store(NOW)
    spine = store.get_sample_entities(["customer_daily:*"], 40)
    first = store.get_historical_features(spine, ["customer_daily:*"])
    manifest, values = first.manifest, {row["customer"]: row for row in first.to_arrow().to_pylist()}
    assert "c7" in values and first.erased_since == ()
    store.erase({"customer": "c7"}, reason="test")
    again = shop.store(NOW).get_historical_features(spine, manifest=manifest)
    assert again.erased_since == (1,)
    found = {row["customer"]: row for row in again.to_arrow().to_pylist()}
    assert {name: bits(row) for name, row in found.items() if name != "c7"} == {
        name: bits(row) for name, row in values.items() if name != "c7"
    }
    assert found["c7"]["orders_60d"] == 0 and values["c7"]["orders_60d"] > 0
    assert shop.store(NOW).get_historical_features(spine, ["customer_daily:*"]).erased_since == ()
    known = shop.store(NOW).get_historical_features(spine, manifest=json.loads(json.dumps(again.manifest)))
    assert known.erased_since == ()


def test_what_sources_still_hold_is_told_at_once_and_when_it_comes_back(shop: Shop) -> None:
    report = shop.store(NOW).erase({"customer": "c7"}, reason="test")
    assert set(report.sources) == {"orders"} and report.sources["orders"] > 10
    assert shop.store(NOW).materialize().findings == ()
    shop.land("more", [order("2024-02-12T12:00:00", "c9", 5.0)])
    told = shop.store(NOW).materialize().findings
    assert {item.kind for item in told} >= {ERASED_AGAIN_THERE}
    words = [finding_words(item) for item in told if item.kind == ERASED_AGAIN_THERE]
    assert all("erasure 1" in text and "orders" in text and "c7" not in text for text in words)
    _remove_from_sources(shop, "c7")
    shop.store(NOW).erase({"customer": "c7"}, reason="test")
    assert not [item for item in shop.store(NOW).findings() if item.kind == ERASED_AGAIN_THERE]
    shop.store(NOW).materialize()
    assert _files_with(shop, "c7") == []


def test_the_record_says_who_did_it_and_why_and_not_to_whom(shop: Shop) -> None:
    shop.land("more", [order("2024-03-30T12:00:00", "somebody-of-note", 5.0)])
    shop.store(NOW).materialize()
    shop.store(NOW).erase({"customer": "somebody-of-note"}, reason="request 117")
    (erasure,) = shop.store(NOW)._context.registry.erasures.all()
    assert (erasure.keys, erasure.reason, erasure.finished_at is not None) == (("customer",), "request 117", True)
    assert erasure.erased_by
    shop.land("again", [order("2024-03-30T13:00:00", "somebody-of-note", 5.0)])
    assert shop.store(NOW).materialize().findings
    state = shop.folder / ".featurestore"
    registry = b"".join(file.read_bytes() for file in state.glob("registry.db*"))
    assert b"request 117" in registry and b"somebody-of-note" not in registry


def test_what_cannot_be_erased_is_refused_without_showing_it(shop: Shop) -> None:
    store = shop.store(NOW)
    with pytest.raises(RequestError, match="did you mean 'customer'"):
        store.erase({"custumer": "c7"}, reason="test")
    with pytest.raises(RequestError, match="say why"):
        store.erase({"customer": "c7"}, reason=" ")
    with pytest.raises(RequestError, match="is no bigint") as refused:
        store.erase({"customer": "c7", "product": "secret"}, reason="test")
    assert "secret" not in str(refused.value)


def test_a_restored_store_knows_its_erasures(shop: Shop, tmp_path: Path) -> None:
    store = shop.store(NOW)
    store.erase({"customer": "c7"}, reason="test")
    store.backup(tmp_path / "backup")
    machine = empty_machine(shop, tmp_path / "machine")
    call(restore, machine, tmp_path / "backup")
    restored = machine.store(NOW)
    assert restored._context.registry.erasures.all() == store._context.registry.erasures.all()
    assert frame(restored, "customer_daily", ["c7"], NOW) == frame(restored, "customer_daily", ["nobody"], NOW)
    machine.land("more", [order("2024-02-12T12:00:00", "c9", 5.0)])
    assert ERASED_AGAIN_THERE in {item.kind for item in machine.store(NOW).materialize().findings}


def test_an_erasure_killed_anywhere_is_told_of_and_the_same_again_finishes_it(shop: Shop, tmp_path: Path) -> None:
    _remove_from_sources(shop, "c7")
    before = _everybody(shop.store(NOW), OTHERS)
    state = shop.folder / ".featurestore"
    shutil.copytree(state, tmp_path / "before")
    spent = call(erase, shop, NOW, "c7")
    places = ("erasing", "emptying", "looking")
    chance, kills, told = random.Random(3), 0, 0
    while kills < KILLS:
        shutil.rmtree(state)
        shutil.copytree(tmp_path / "before", state)
        place = places[0] if kills % 2 == 0 else places[kills % 3]
        run = start(erase, shop, NOW, "c7")
        run.wait_until(place)
        time.sleep(spent[place] * chance.random())
        if not run.kill():
            spent[place] *= 0.8
            continue
        kills += 1
        unfinished = [item for item in shop.store(NOW).findings() if item.kind == UNFINISHED_ERASURE]
        told += len(unfinished)
        assert all("run the same" in finding_words(item) for item in unfinished)
        assert _everybody(shop.store(NOW), OTHERS) == before
        shop.store(NOW).erase({"customer": "c7"}, reason="test")
        assert [item for item in shop.store(NOW).findings() if item.kind == UNFINISHED_ERASURE] == []
        make_old(shop.folder)
        shop.store(NOW).vacuum("0s")
        assert _files_with(shop, "c7") == []
        assert _everybody(shop.store(NOW), OTHERS) == before
        for view in VIEWS:
            assert online(shop.store(NOW), view, ["c7"]) == online(shop.store(NOW), view, ["nobody"])
        assert offline_files(shop.store(NOW)) == known_files(shop.store(NOW))
    assert told >= KILLS // 2
