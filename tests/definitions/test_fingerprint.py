"""Fingerprints: changed by what is computed, by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.columns import feature_columns
from definitions.fingerprint import (
    column_fingerprint,
    entity_fingerprint,
    service_fingerprint,
    source_fingerprint,
    view_fingerprint,
)
from definitions.loaded import LoadedRepository
from tests.definitions.repositories import flights

ARRIVALS = "      - {name: arrivals, agg: count, windows: [1d, 7d, 28d]}\n"
DELAYS = "      - {name: arr_delay, agg: mean, of: arr_delay, windows: [7d, 28d], unit: minutes}\n"


def prints(loaded: LoadedRepository) -> dict[str, str]:
    """Every fingerprint of a repository, by what it is of."""
    repository = loaded.repository
    found = {f"entity {name}": entity_fingerprint(each) for name, each in repository.entities.items()}
    found |= {f"source {name}": source_fingerprint(each) for name, each in repository.sources.items()}
    for name, view in repository.feature_views.items():
        source, entity = repository.sources[view.source], repository.entities[view.entity]
        found[f"view {name}"] = view_fingerprint(view, source, entity)
        for column in feature_columns(view, source):
            found[f"column {name}:{column.name}"] = column_fingerprint(column, view, source, entity)
    services = repository.feature_services.items()
    return found | {f"service {name}": service_fingerprint(each, repository) for name, each in services}


def changed(folder: Path, *replacements: tuple[str, str]) -> set[str]:
    """What has another fingerprint after the replacements."""
    before, after = prints(flights(folder / "before")), prints(flights(folder / "after", *replacements))
    assert set(before) == set(after)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("description: How late a carrier has been running.", "tags: [late]\n    visibility: hidden"),
        ("team: airline-ops", "team: others\nowner: ann"),
        ("unit: minutes", "unit: seconds, description: d, tags: [x], pii: [y]"),
        ("delay: 1h", "delay: 60m\n    lifecycle: draft"),
        ("every: 1d", "every: 24h"),
        ('"arr_delay > 15"', '"  15.00 <  ARR_DELAY"'),
        ("where: not cancelled", "where: cancelled = false"),
        (ARRIVALS + DELAYS, DELAYS + ARRIVALS),
        ("windows: [1d, 7d, 28d]", "windows: [28d, 7d, 1d]"),
        ("cancelled: boolean", "cancelled: {type: boolean, description: c, unit: u, pii: [p]}"),
        ("columns: {carrier: string, origin: string,", "columns: {origin: string, carrier: string,"),
        ("path: data/flights.parquet", "path: ./data/flights.parquet\n    format: parquet"),
        ("keys: {carrier: string}, desc", "keys: {carrier: string}, tags: [iata], desc"),
        ("at: 2013-01-02T02:00:00", "at: 2013-01-02T03:00:00"),
        ("agg: count, windows", "agg: count, where: \"true\", windows"),
        ("arrived_at: timestamp}", "arrived_at: timestamp}\n    on_block: hold\n    expect: [{check: volume}]"),
        ("agg: count, windows", "agg: count, expect: [{check: range, min: 0, severity: block}], windows"),
        ("delay: 1h", "delay: 1h\n    on_block: publish_flagged\n    sla: {fresh_within: 2d}"),
    ],
)  # fmt: skip
def test_metadata_order_and_spelling_change_no_fingerprint(tmp_path: Path, old: str, new: str) -> None:
    assert changed(tmp_path, (old, new)) == set()


def test_the_name_of_a_source_changes_no_fingerprint(tmp_path: Path) -> None:
    before = prints(flights(tmp_path / "before"))
    after = prints(
        flights(tmp_path / "after", ("name: flights", "name: landings"), *[("source: flights", "source: landings")] * 2)
    )
    assert set(before.values()) == set(after.values())


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ('"arr_delay > 15"', '"arr_delay >= 15"', "late_share_28d"),
        ("where: not cancelled", "where: cancelled", "late_share_28d"),
        ("agg: mean, of: arr_delay", "agg: sum, of: arr_delay", "arr_delay_7d"),
        ("every: 1d", "every: 12h", "arrivals_1d"),
        ("delay: 1h", "delay: 2h", "arrivals_1d"),
        ("path: data/flights.parquet", "path: data/others.parquet", "arrivals_1d"),
        ("timestamp: arrived_at", "tiebreak: origin\n    timestamp: arrived_at", "arrivals_1d"),
        ("timestamp: arrived_at", "dedupe: {key: [carrier], by: origin}\n    timestamp: arrived_at", "arrivals_1d"),
        ("arr_delay: double", "arr_delay: float", "arr_delay_7d"),
        ("delay: 1h", "keys: {carrier: origin}", "arrivals_1d"),
    ],
)  # fmt: skip
def test_computation_changes_fingerprints_up_to_the_service(tmp_path: Path, old: str, new: str, column: str) -> None:
    found = changed(tmp_path, (old, new))
    view = "carrier_punctuality"
    assert {f"column {view}:{column}", f"view {view}", "service departure_delay"} <= found


def test_a_ttl_and_kept_nulls_are_computation(tmp_path: Path) -> None:
    assert "column airport_delay:arr_delay" in changed(tmp_path, ("ttl: 2d", "ttl: 3d"))
    assert "column airport_delay:arr_delay" in changed(tmp_path, ("ttl: 2d", "ttl: 2d, nulls: keep"))


def test_another_column_of_the_source_recomputes_nothing(tmp_path: Path) -> None:
    found = changed(tmp_path, ("cancelled: boolean,", "cancelled: boolean, seats: int,"))
    assert found == {"source flights"}


def test_two_windows_of_one_length_are_one_computation(tmp_path: Path) -> None:
    one = prints(flights(tmp_path / "one"))
    other = prints(flights(tmp_path / "other", ("windows: [7d, 28d], unit", "windows: [1w, 28d], unit")))
    view = "column carrier_punctuality"
    assert one[f"{view}:arr_delay_7d"] == other[f"{view}:arr_delay_1w"]


def test_fingerprints_stay_what_they_were_when_they_were_first_stored(tmp_path: Path) -> None:
    found = prints(flights(tmp_path))
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in found.values())
    assert found["entity carrier"] == "a1c54f4160d9373f"
    assert found["source flights"] == "8c4f5c22e8bb6a6d"
    assert found["column carrier_punctuality:late_share_28d"] == "8f6dd2bf6979c26f"
    assert found["view carrier_punctuality"] == "f91353bd5f2e2d19"
    assert found["service both_roles"] == "d9fd5fed5e9f1d03"
