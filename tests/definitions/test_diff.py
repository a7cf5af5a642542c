"""What changed between two repositories, and for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.diff import Change, diff_repositories
from tests.definitions.repositories import FLIGHTS, flights

VIEW = "carrier_punctuality"
WITHOUT_SERVICE = ('  - {name: departure_delay, features: ["carrier_punctuality:*"]}\n', "")


def diff(folder: Path, *replacements: tuple[str, str]) -> dict[tuple[str, str], Change]:
    before = flights(folder / "before").repository
    after = flights(folder / "after", *replacements).repository
    return {(change.kind, change.name): change for change in diff_repositories(before, after)}


def expecting(checks: str, more: str = "") -> tuple[str, str]:
    """The repository whose source expects something of its rows."""
    return "arrived_at: timestamp}", f"arrived_at: timestamp}}\n    expect: [{checks}]\n    {more}"


def test_nothing_changed_is_an_empty_diff(tmp_path: Path) -> None:
    assert diff(tmp_path) == {}


def test_metadata_alone_is_told_apart(tmp_path: Path) -> None:
    found = diff(tmp_path, ("unit: minutes", "unit: seconds"), ("How late", "So late"))
    assert set(found) == {("feature_view", VIEW)}
    change = found["feature_view", VIEW]
    assert change.change == "metadata"
    assert change.details == (
        "description, unit or tags of the column arr_delay_7d",
        "description, unit or tags of the column arr_delay_28d",
        "description",
    )
    assert change.affected == ("departure_delay",)


def test_how_long_tiles_are_kept_changes_no_value(tmp_path: Path) -> None:
    found = diff(tmp_path, ("delay: 1h", "delay: 1h\n    keep: 400d"))
    assert set(found) == {("feature_view", VIEW)}
    assert found["feature_view", VIEW].change == "metadata"
    assert found["feature_view", VIEW].details == ("keep was nothing, now 400d",)


def test_what_is_expected_of_a_source_changes_no_value(tmp_path: Path) -> None:
    of_column = "{check: not_null, column: origin}, {check: range, column: arr_delay, min: 0, max: 9.5}"
    before = expecting(f"{of_column}, {{check: freshness, within: 1d}}")
    after = expecting(
        "{check: range, column: arr_delay, max: 30, at_least: 0.9, severity: block}, "
        "{check: in_set, column: origin, values: [EWR, JFK], at_least: 0.5}, {check: not_null, column: origin}",
        "on_block: publish_flagged",
    )
    (change,) = diff_repositories(
        flights(tmp_path / "before", before).repository, flights(tmp_path / "after", after).repository
    )
    assert (change.kind, change.name, change.change) == ("source", "flights", "metadata")
    assert change.details == (
        "expectation range of arr_delay: at_least was 1.0, now 0.9; min was 0, now nothing; max was 9.5, now 30; "
        "severity was warn, now block",
        "new expectation in_set of origin (at_least 0.5, values EWR, JFK)",
        "expectation freshness (within 1d) is gone",
        "on_block was hold, now publish_flagged",
    )


def test_what_is_expected_of_a_feature_and_promised_of_a_view_changes_no_value(tmp_path: Path) -> None:
    of_mean = "expectation: expect_column_mean_to_be_between, arguments: {min_value: 1}"
    checks = f"{{check: stable, severity: block}}, {{check: great_expectations, {of_mean}}}"
    found = diff(
        tmp_path,
        ("agg: count, windows", f"agg: count, expect: [{checks}], windows"),
        ("delay: 1h", "delay: 1h\n    sla: {fresh_within: 2d}"),
    )
    assert set(found) == {("feature_view", VIEW)}
    assert found["feature_view", VIEW].change == "metadata"
    assert found["feature_view", VIEW].details == (
        "feature arrivals: new expectation stable (severity block)",
        "feature arrivals: new expectation expect_column_mean_to_be_between (arguments min_value: 1)",
        "sla was nothing, now fresh within 2d",
    )


def test_the_order_of_expectations_is_no_change(tmp_path: Path) -> None:
    checks = ["{check: unique, columns: [origin, carrier]}", "{check: relation, that: arr_delay > -120}"]
    before = flights(tmp_path / "before", expecting(", ".join(checks))).repository
    after = flights(tmp_path / "after", expecting(", ".join(reversed(checks)))).repository
    assert diff_repositories(before, after) == ()


def test_a_changed_computation_says_what_was_and_what_is(tmp_path: Path) -> None:
    found = diff(tmp_path, ("where: not cancelled", "where: cancelled"))
    change = found["feature_view", VIEW]
    assert change.change == "computation"
    assert change.details == ("column late_share_28d is computed otherwise: where was not cancelled, now cancelled",)
    assert found["feature_service", "departure_delay"].change == "computation"


def test_another_spelling_is_no_change(tmp_path: Path) -> None:
    assert diff(tmp_path, ('"arr_delay > 15"', '"15 < arr_delay"')) == {}


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("windows: [1d, 7d, 28d]", "windows: [1d, 7d]", "column arrivals_28d is gone"),
        ("agg: mean, of: arr_delay", "agg: max, of: origin", "column arr_delay_7d was double, now string"),
    ],
)
def test_a_column_removed_or_retyped_is_breaking(tmp_path: Path, old: str, new: str, detail: str) -> None:
    found = diff(tmp_path, (old, new))
    assert found["feature_view", VIEW].change == "breaking"
    assert detail in found["feature_view", VIEW].details
    assert found["feature_service", "departure_delay"].change == "breaking"


def test_changed_entity_keys_are_breaking(tmp_path: Path) -> None:
    found = diff(
        tmp_path,
        ("keys: {carrier: string}", "keys: {origin: string}"),
        ("carrier: UA, arrivals", "origin: UA, arrivals"),
    )
    assert found["entity", "carrier"].change == "breaking"
    assert found["entity", "carrier"].details == ("keys were carrier string, now origin string",)
    assert found["feature_view", VIEW].change == "breaking"


def test_what_is_new_lists_its_columns(tmp_path: Path) -> None:
    view = "  - {name: flown, entity: carrier, source: flights, features: [{name: flown, agg: count, windows: [1d]}]}\n"
    found = diff(tmp_path, ("feature_views:\n", "feature_views:\n" + view), ("[1d, 7d, 28d]", "[1d, 2d, 7d, 28d]"))
    assert found["feature_view", "flown"] == Change("new", "feature_view", "flown", ("columns flown_1d",))
    assert found["feature_view", VIEW].change == "computation"
    assert found["feature_view", VIEW].details == ("column arrivals_2d is new",)


def test_a_removed_view_breaks_the_services_that_use_it_and_no_one_else(tmp_path: Path) -> None:
    start = FLIGHTS.index(f"  - name: {VIEW}")
    view = FLIGHTS[start : FLIGHTS.index("  - name: airport_delay")]
    found = diff(tmp_path, (view, ""), WITHOUT_SERVICE)
    assert found["feature_view", VIEW].change == "breaking"
    assert found["feature_view", VIEW].affected == ("departure_delay",)
    assert found["feature_service", "departure_delay"].change == "breaking"
    before, after = flights(tmp_path / "a", WITHOUT_SERVICE), flights(tmp_path / "b", WITHOUT_SERVICE, (view, ""))
    (removed,) = diff_repositories(before.repository, after.repository)
    assert (removed.change, removed.affected) == ("removed", ())


def test_a_source_says_what_differs(tmp_path: Path) -> None:
    found = diff(tmp_path, ("data/flights", "data/others"), ("arr_delay: double", "seats: int, arr_delay: float"))
    assert found["source", "flights"].details == (
        "path was data/flights.parquet, now data/others.parquet",
        "column arr_delay was double, now float",
        "column seats is new",
    )
    assert found["source", "flights"].affected == ("both_roles", "departure_delay")
