"""The oracle against values computed by hand: which rows count at an instant. A wrong oracle is worse than none."""

from __future__ import annotations

from tests.oracle.declared import CUSTOMER, SHOP, at, feature, row, source, value, view
from tests.oracle.values import boundary, entities_with_rows, view_values


def test_rows_count_up_to_the_boundary_and_not_after() -> None:
    rows = [row(at("2024-03-01T23:59:59", 999_999)), row(at("2024-03-02T00:00:00")), row(at("2024-03-02T05:00:00"))]
    counting = view(feature("count"))
    assert value(counting, rows, at("2024-03-01T23:59:59", 999_999)) == 0
    assert value(counting, rows, at("2024-03-02T00:00:00")) == 1
    assert value(counting, rows, at("2024-03-02T23:59:59", 999_999)) == 1
    assert value(counting, rows, at("2024-03-03T00:00:00")) == 3


def test_a_window_holds_its_first_microsecond_and_expires_without_a_new_row() -> None:
    rows = [row(at("2024-03-01T00:00:00")), row(at("2024-03-02T12:00:00"))]
    two_days = view(feature("count", windows=["2d"]))
    assert value(two_days, rows, at("2024-03-03T00:00:00")) == 2
    assert value(two_days, rows, at("2024-03-03T23:59:59")) == 2
    assert value(two_days, rows, at("2024-03-04T00:00:00")) == 1
    assert value(two_days, rows, at("2024-03-05T00:00:00")) == 0


def test_the_delay_is_taken_off_before_the_floor() -> None:
    rows = [row(at("2024-03-01T10:00:00"))]
    delayed = view(feature("count"), delay="36h")
    assert boundary(delayed, at("2024-03-03T11:59:59")) == at("2024-03-01T00:00:00")
    assert value(delayed, rows, at("2024-03-03T11:59:59", 999_999)) == 0
    assert value(delayed, rows, at("2024-03-03T12:00:00")) == 1


def test_floors_go_down_before_1970() -> None:
    assert boundary(view(feature("count")), -1) == at("1969-12-31T00:00:00")
    assert boundary(view(feature("count"), every="7d"), at("1969-12-31T00:00:00")) == at("1969-12-25T00:00:00")
    assert boundary(view(feature("count"), every="7d"), 0) == 0
    rows = [row(at("1969-12-30T23:59:59"))]
    assert value(view(feature("count", windows=["1d"])), rows, -1) == 1
    assert value(view(feature("count", windows=["1d"])), rows, 0) == 0


def test_exact_looks_strictly_before_the_instant_less_the_delay() -> None:
    moment = at("2024-03-01T10:00:00")
    rows = [row(moment, quantity=1)]
    exact = view(feature("last", "quantity"), every="exact", delay="1h")
    assert value(exact, rows, moment + 3_600_000_000) is None
    assert value(exact, rows, moment + 3_600_000_001) == 1
    windowed = view(feature("last", "quantity", windows=["1h"]), every="exact")
    assert value(windowed, rows, moment + 3_600_000_000) == 1
    assert value(windowed, rows, moment + 3_600_000_001) is None


def test_null_keys_and_timestamps_drop_a_row_and_a_null_or_unknown_entity_has_no_rows() -> None:
    rows = [row(None), row(0, customer=None), row(0)]
    counting, adding = view(feature("count")), view(feature("sum", "quantity"))
    assert value(counting, rows, at("1970-01-02")) == 1
    for key in [(None,), ("b",)]:
        assert value(counting, rows, at("1970-01-02"), key) == 0
        assert value(adding, rows, at("1970-01-02"), key) is None


def test_a_composite_key_is_compared_part_by_part_under_the_source_s_own_names() -> None:
    renamed = view(feature("count"), entity="shop", keys={"number": "quantity"})
    rows = [row(0, region="a", quantity=1), row(0, region="a", quantity=2), row(0, region="a"), row(0, quantity=1)]
    counts = [
        view_values(source(), SHOP, renamed, rows, key, at("1970-01-02"))["f"]
        for key in [("a", 1), ("a", 3), ("a", None)]
    ]
    assert counts == [1, 0, 0]
    assert entities_with_rows(source(), SHOP, renamed, rows, at("1970-01-02")) == {("a", 1), ("a", 2)}


def test_a_source_without_timestamp_is_known_since_ever() -> None:
    rows = [row(None, quantity=1), row(at("2100-01-01"), quantity=2)]
    timeless = source(timestamp=None)
    for instant in (at("1900-01-01"), at("2024-01-01")):
        assert view_values(timeless, CUSTOMER, view(feature("sum", "quantity")), rows, ("a",), instant) == {"f": 3}
        assert entities_with_rows(timeless, CUSTOMER, view(feature("count")), rows, instant) == {("a",)}


def test_dedupe_keeps_the_newest_row_of_a_key_inside_one_hop_whatever_its_entity() -> None:
    deduped = source(dedupe={"key": ("event_id",), "by": "version"})
    adding, counting = view(feature("sum", "quantity")), view(feature("count"))
    rows = [
        row(0, event_id=1, version=None, quantity=1),
        row(5, event_id=1, version=2, quantity=10),
        row(9, event_id=1, version=1, quantity=100),
        row(7, event_id=2, version=1, quantity=1000),
        row(8, event_id=2, version=1, quantity=2000),
        row(at("1970-01-02"), event_id=1, version=0, quantity=10_000),
    ]
    assert view_values(deduped, CUSTOMER, adding, rows, ("a",), at("1970-01-02")) == {"f": 2010}
    assert view_values(deduped, CUSTOMER, adding, rows, ("a",), at("1970-01-03")) == {"f": 12_010}
    moved = [row(0, event_id=1, version=1), row(1, event_id=1, version=2, customer="b")]
    assert view_values(deduped, CUSTOMER, counting, moved, ("a",), at("1970-01-02")) == {"f": 0}
    assert view_values(deduped, CUSTOMER, counting, moved, ("b",), at("1970-01-02")) == {"f": 1}
    without_key = [row(0, event_id=1, version=1), row(1, event_id=1, version=2, customer=None)]
    assert view_values(deduped, CUSTOMER, counting, without_key, ("a",), at("1970-01-02")) == {"f": 1}


def test_dedupe_keeps_the_greatest_values_of_rows_that_are_equally_new() -> None:
    deduped = source(dedupe={"key": ("event_id",), "by": "version"})
    adding = view(feature("sum", "quantity"))
    rows = [row(0, event_id=1, version=1, quantity=held) for held in (3, None, 7, 5)]
    assert view_values(deduped, CUSTOMER, adding, rows, ("a",), at("1970-01-02")) == {"f": 7}


def test_dedupe_on_an_exact_view_looks_at_one_timestamp() -> None:
    deduped = source(dedupe={"key": ("event_id",), "by": "version"})
    last = view(feature("last", "quantity"), every="exact")
    rows = [row(0, event_id=1, version=2, quantity=1), row(0, event_id=1, version=1, quantity=9)]
    assert view_values(deduped, CUSTOMER, last, rows, ("a",), 1) == {"f": 1}
    later = [*rows, row(1, event_id=1, version=0, quantity=5)]
    assert view_values(deduped, CUSTOMER, last, later, ("a",), 2) == {"f": 5}


def test_entities_are_listed_for_a_row_in_the_longest_window_whatever_the_filters() -> None:
    two = view(
        {**feature("count", where="flag", windows=["1d"]), "name": "f"},
        {**feature("count", windows=["2d"]), "name": "g"},
    )
    rows = [row(0), row(at("1970-01-02"), customer="b"), row(at("1970-01-05"), customer="c")]
    assert entities_with_rows(source(), CUSTOMER, two, rows, at("1970-01-01")) == set()
    assert entities_with_rows(source(), CUSTOMER, two, rows, at("1970-01-03")) == {("a",), ("b",)}
    assert entities_with_rows(source(), CUSTOMER, two, rows, at("1970-01-04")) == {("b",)}


def test_every_window_is_a_column_of_its_own() -> None:
    columns = view_values(
        source(), CUSTOMER, view(feature("count", windows=["1d", "7d"])), [row(0)], ("a",), at("1970-01-03")
    )
    assert columns == {"f_1d": 0, "f_7d": 1}
