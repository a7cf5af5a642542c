"""Earlier frames again, to the bit: by their manifests, and by what was known then; and what is refused, why."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from definitions.errors import RequestError, SourceError
from featurestore import FeatureStore
from featurestore.frames import Frame
from featurestore.manifest import manifest_text
from tests.featurestore.cli.running import invoke
from tests.journeys.shop import ONE_VIEW, Shop, bits, online, order, segments

THEN = "2024-03-20T05:00:00"
LATER = "2024-04-02T05:00:00"
SPENT = ("{name: spent, agg: sum, of: amount,", "{name: spent, agg: sum, of: amount * 2,")
FEATURES = ["customer_daily:*"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path, ONE_VIEW)
    for month in (1, 2, 3):
        rows = [order(f"2024-0{month}-{day:02}", name, day / 10) for day in (3, 15, 27) for name in ("ann", "bob")]
        shop.land(f"month_{month}", rows)
    shop.applied(THEN).materialize()
    return shop


def _spine(*moments: str) -> pd.DataFrame:
    days = moments or ("2024-02-20T12:00:00", "2024-03-20T02:00:00")
    rows = [(name, day) for name in ("ann", "eve", "nobody") for day in days]
    return pd.DataFrame(
        {"customer": [row[0] for row in rows], "event_timestamp": pd.to_datetime([row[1] for row in rows], utc=True)}
    )


def _values(frame: Frame) -> Any:
    return bits(frame.to_arrow().to_pydict())


def _rows_come_late(shop: Shop, now: str = LATER) -> FeatureStore:
    """Rows of a month ago land and are taken in; then everything is built anew."""
    shop.land("late", [order("2024-02-19T10:00:00", "eve", 100.0), order("2024-02-18", "ann", 0.3)])
    shop.store(now).materialize()
    store = shop.store(now)
    store.materialize(full=True)
    return store


def test_a_manifest_gives_its_frame_again_after_late_rows_and_a_full_rebuild(shop: Shop) -> None:
    frame = shop.store(THEN).get_historical_features(_spine(), FEATURES)
    values, manifest = _values(frame), json.loads(manifest_text(frame.manifest))
    store = _rows_come_late(shop)
    assert _values(store.get_historical_features(_spine(), FEATURES)) != values
    again = store.get_historical_features(_spine(), manifest=manifest)
    assert _values(again) == values
    assert again.manifest == manifest
    assert _values(store.get_historical_features(_spine(), FEATURES, manifest=manifest, form="merge")) == values


def test_knowledge_gives_what_was_known_then(shop: Shop) -> None:
    values = _values(shop.store(THEN).get_historical_features(_spine(), FEATURES))
    store = _rows_come_late(shop)
    assert _values(store.get_historical_features(_spine(), FEATURES, knowledge=THEN)) == values
    assert _values(store.get_historical_features(_spine(), FEATURES, knowledge="2024-04-02T04:59:59")) == values
    now = _values(store.get_historical_features(_spine(), FEATURES))
    assert _values(store.get_historical_features(_spine(), FEATURES, knowledge=LATER)) == now != values


def test_rows_without_a_timestamp_mean_the_instant_of_the_knowledge_or_of_the_manifest(shop: Shop) -> None:
    keys = _spine()[["customer"]]
    frame = shop.store(THEN).get_historical_features(keys, FEATURES)
    values, manifest = _values(frame), frame.manifest
    store = _rows_come_late(shop)
    assert _values(store.get_historical_features(keys, FEATURES, knowledge=THEN)) == values
    assert _values(store.get_historical_features(keys, manifest=manifest)) == values


def test_a_listing_as_of_an_instant_can_be_had_again_from_its_keys(shop: Shop) -> None:
    frame = shop.store(THEN).get_features_as_of("2024-03-01", FEATURES)
    values, keys = _values(frame), frame.to_arrow().select(["customer"])
    store = _rows_come_late(shop)
    assert _values(store.get_historical_features(keys, manifest=frame.manifest)) == values


def test_definitions_that_changed_are_taken_in_the_version_of_then(shop: Shop) -> None:
    frame = shop.store(THEN).get_historical_features(_spine(), FEATURES)
    values, manifest = _values(frame), frame.manifest
    shop.change(SPENT, ("      - {name: largest, agg: max, of: amount, windows: [7d]}\n", ""))
    store = shop.applied(LATER)
    store.materialize()
    assert _values(store.get_historical_features(_spine(), FEATURES)) != values
    assert _values(store.get_historical_features(_spine(), FEATURES, knowledge=THEN)) == values
    assert _values(store.get_historical_features(_spine(), manifest=manifest)) == values
    with pytest.raises(RequestError, match="largest_7d"):
        store.get_historical_features(_spine(), FEATURES, manifest=manifest)


def test_a_view_that_was_removed_can_be_had_as_it_was(shop: Shop) -> None:
    frame = shop.store(THEN).get_historical_features(_spine(), FEATURES)
    values, manifest = _values(frame), frame.manifest
    shop.change(("customer_daily", "customer_other"))
    store = shop.applied(LATER)
    assert _values(store.get_historical_features(_spine(), manifest=manifest)) == values
    assert _values(store.get_historical_features(_spine(), FEATURES, knowledge=THEN)) == values
    with pytest.raises(RequestError, match="no feature view 'customer_other' at 2024-03-20T05:00:00Z"):
        store.get_historical_features(_spine(), ["customer_other:*"], knowledge=THEN)


def test_a_computation_that_the_registry_never_had_is_refused_by_name(shop: Shop) -> None:
    manifest = shop.store(THEN).get_historical_features(_spine(), FEATURES).manifest
    manifest["features"]["spent_7d"]["fingerprint"] = "0" * 16
    with pytest.raises(RequestError, match="customer_daily:spent_7d was another computation"):
        shop.store(THEN).get_historical_features(_spine(), manifest=manifest)


def test_other_rows_than_the_manifests_are_refused(shop: Shop) -> None:
    manifest = shop.store(THEN).get_historical_features(_spine(), FEATURES).manifest
    for other in (_spine().iloc[::-1], _spine().head(3), _spine().assign(customer="bob")):
        with pytest.raises(RequestError, match="is not the one of the manifest, which has 6 rows"):
            shop.store(THEN).get_historical_features(other, manifest=manifest)


def test_after_vacuum_the_segments_that_are_gone_are_named(shop: Shop) -> None:
    frame = shop.store(THEN).get_historical_features(_spine(), FEATURES)
    manifest = frame.manifest
    before = {item.id for item in segments(shop.store(THEN))}
    store = _rows_come_late(shop)
    gone = before - {item.id for item in segments(store)}
    assert store.vacuum("0s").segments >= len(gone) > 0
    for asked in ({"manifest": manifest}, {"features": FEATURES, "knowledge": THEN}):
        with pytest.raises(RequestError, match=f"vacuum deleted {len(gone)} of the segments") as raised:
            store.get_historical_features(_spine(), **asked)
        assert all(f"(segment {item})" in str(raised.value) for item in gone)
        assert "orders_by_customer_1d from the beginning to" in str(raised.value)
    with pytest.raises(RequestError, match="vacuum deleted"):
        shop.store(THEN).get_historical_features(_spine(), manifest=manifest).to_arrow()


def test_rows_that_no_segment_held_are_read_again_from_the_same_files(shop: Shop) -> None:
    beyond = _spine("2024-03-25T12:00:00", "2024-04-02T02:00:00")
    now = "2024-04-02T04:00:00"
    frame = shop.store(now).get_historical_features(beyond, FEATURES)
    values, manifest = _values(frame), frame.manifest
    (source,) = manifest["sources"].values()
    assert [name for name, _, _ in source["files"]] == ["data/orders/month_3.parquet"]
    # A file more, and one that changes outside of what was read, are nothing to the frame.
    shop.land("month_1", [order("2024-01-05", "ann", 7.0)])
    store = _rows_come_late(shop)
    shop.land("more", [order("2024-03-22", "eve", 1.0)])
    assert _values(store.get_historical_features(beyond, manifest=manifest)) == values
    assert store.get_historical_features(beyond, manifest=manifest).manifest == manifest
    with pytest.raises(RequestError, match=r"orders_by_customer_1d from 2024-03-20T00:00:00Z to 2024-04-02T00:00:00Z"):
        store.get_historical_features(beyond, FEATURES, knowledge=now)


def test_a_frame_of_a_time_without_rows_needs_no_file(shop: Shop) -> None:
    shop.store("2024-03-28T05:00:00").materialize()
    beyond = _spine("2024-04-02T02:00:00")
    frame = shop.store(LATER).get_historical_features(beyond, FEATURES)
    values, manifest = _values(frame), frame.manifest
    (source,) = manifest["sources"].values()
    assert source["files"] == []
    shop.land("month_3", [order("2024-03-30", "ann", 7.0)])
    for form in (None, "merge", "tile join"):
        assert _values(shop.store(LATER).get_historical_features(beyond, manifest=manifest, form=form)) == values


@pytest.mark.parametrize(
    ("what", "words"),
    [("another size", "has changed"), ("another time", "was written again"), ("gone", "is gone")],
)
def test_a_file_that_was_read_and_changed_is_named(shop: Shop, what: str, words: str) -> None:
    beyond = _spine("2024-04-02T02:00:00")
    frame = shop.store(LATER).get_historical_features(beyond, FEATURES)
    values, manifest = _values(frame), frame.manifest
    file = shop.folder / "data" / "orders" / "month_3.parquet"
    status, content = file.stat(), file.read_bytes()
    match what:
        case "another size":
            shop.land("month_3", [order("2024-03-27", "ann", 1.0)])
        case "another time":
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        case "gone":
            file.unlink()
    with pytest.raises(SourceError, match=f"data/orders/month_3.parquet, which {words}"):
        shop.store(LATER).get_historical_features(beyond, manifest=manifest)
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert _values(shop.store(LATER).get_historical_features(beyond, manifest=manifest)) == values


def test_a_file_that_changes_while_a_frame_is_had_again_is_noticed(shop: Shop) -> None:
    beyond = _spine("2024-04-02T02:00:00")
    manifest = shop.store(LATER).get_historical_features(beyond, FEATURES).manifest
    again = shop.store(LATER).get_historical_features(beyond, manifest=manifest)
    shop.land("month_3", [order("2024-03-27", "ann", 1.0)])
    with pytest.raises(SourceError, match="month_3"):
        again.to_arrow()


def test_a_manifest_reads_no_file_that_its_source_does_not_have(shop: Shop) -> None:
    beyond = _spine("2024-04-02T02:00:00")
    manifest = shop.store(LATER).get_historical_features(beyond, FEATURES).manifest
    outside = shop.land("../outside", [order("2024-03-27", "ann", 1.0)])
    (source,) = manifest["sources"].values()
    source["files"] = [["data/orders/../outside.parquet", outside.stat().st_size, outside.stat().st_mtime_ns]]
    with pytest.raises(SourceError, match=r"outside\.parquet, which is gone"):
        shop.store(LATER).get_historical_features(beyond, manifest=manifest)


def test_a_manifest_of_another_registry_is_refused(shop: Shop, tmp_path: Path) -> None:
    manifest = shop.store(THEN).get_historical_features(_spine(), FEATURES).manifest
    other = Shop(tmp_path / "other", ONE_VIEW)
    other.land("month_1", [order("2024-01-03", "ann")])
    other.applied(THEN).materialize()
    with pytest.raises(RequestError, match="another environment"):
        other.store(THEN).get_historical_features(_spine(), manifest=manifest)


def test_what_makes_no_sense_is_refused(shop: Shop, tmp_path: Path) -> None:
    store = shop.store(THEN)
    manifest = store.get_historical_features(_spine(), FEATURES).manifest
    refused: list[tuple[str, dict[str, Any]]] = [
        ("yet to come", {"features": FEATURES, "knowledge": LATER}),
        ("no feature views were applied at 2023", {"features": FEATURES, "knowledge": "2023-01-01"}),
        ("leave knowledge out", {"manifest": manifest, "knowledge": THEN}),
        ("leave build out", {"manifest": manifest, "build": True}),
        ("name a feature service", {"knowledge": THEN}),
        ("or hand in a manifest", {}),
        ("no manifest of a frame", {"manifest": {"features": {}}}),
        ("cannot be read", {"manifest": tmp_path / "nowhere.json"}),
    ]
    for words, asked in refused:
        with pytest.raises(RequestError, match=words):
            store.get_historical_features(_spine(), **asked)


def test_the_command_writes_an_earlier_frame_again(shop: Shop) -> None:
    entities, manifest = shop.folder / "asked.csv", shop.folder / "manifest.json"
    _spine().to_csv(entities, index=False)

    def written(now: str, name: str, *options: str | Path) -> bytes:
        out = shop.folder / name
        result = invoke("historical", entities, *options, "--out", out, "--repository", shop.folder, "--now", now)
        assert result.exit_code == 0, result.stderr
        return out.read_bytes()

    then = written(THEN, "then.csv", *FEATURES, "--manifest", manifest)
    _rows_come_late(shop)
    assert written(LATER, "now.csv", *FEATURES) != then
    assert written(LATER, "known.csv", *FEATURES, "--knowledge", THEN) == then
    assert written(LATER, "again.csv", "--reproduce", manifest) == then
    both = ["--reproduce", manifest, "--knowledge", THEN]
    refused = invoke("historical", entities, *both, "--out", shop.folder / "x.csv", "--repository", shop.folder)
    assert refused.exit_code == 2 and "exclude each other" in refused.stderr


def test_a_publish_after_vacuum_writes_the_entities_of_late_rows(shop: Shop) -> None:
    """What superseded segments held cannot be compared any more, so everybody is written."""
    shop.store(LATER).materialize()
    shop.land("late", [order("2024-03-27T10:00:00", "ann", 100.0)])
    store = shop.store(LATER)
    store.materialize(publish=False)
    assert store.vacuum("0s").segments == 1
    (report,) = store.publish()
    assert report.reason == "earlier tiles are gone: every entity"
    assert online(store, "customer_daily", ["ann"])[0]["spent_7d"] == 102.7
