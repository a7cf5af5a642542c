"""Keys: one entity, one key, and no two entities share one. Values: what goes in comes out, by position."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.errors import RequestError
from featurestore.online.codec import KeyEncoder, decode_value, encode_key, encode_value

VALUES_OF: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "string": st.text(),
    "date": st.dates(),
    "timestamp": st.datetimes(),
    "decimal(12,2)": st.integers(-(10**12) + 1, 10**12 - 1).map(lambda cents: Decimal(cents).scaleb(-2)),
    "decimal(38,0)": st.integers(-(10**38) + 1, 10**38 - 1).map(Decimal),
}
TYPED = st.lists(st.sampled_from(sorted(VALUES_OF)), min_size=1, max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow])  # hypothesis builds its table of characters once
@given(st.data())
def test_two_entities_share_a_key_only_if_they_are_one(data: st.DataObject) -> None:
    types = data.draw(TYPED)
    first = tuple(data.draw(VALUES_OF[each]) for each in types)
    second = tuple(data.draw(st.just(part) | VALUES_OF[each]) for part, each in zip(first, types, strict=True))
    assert (encode_key(first, types) == encode_key(second, types)) == (first == second)


@given(st.lists(st.text(max_size=3), min_size=2, max_size=3), st.lists(st.text(max_size=3), min_size=2, max_size=3))
def test_composite_keys_need_no_separator(first: list[str], second: list[str]) -> None:
    keys = [encode_key(each, ["string"] * len(each)) for each in (first, second)]
    assert (keys[0] == keys[1]) == (first == second)


@pytest.mark.parametrize(
    ("declared", "spellings"),
    [
        ("bigint", [7, np.int64(7), np.int8(7), np.uint64(7)]),
        ("int", [-7, np.int32(-7)]),
        ("boolean", [True, np.bool_(True)]),
        ("double", [1.0, 1, np.float64(1), np.float32(1), np.int64(1)]),
        ("double", [0.0, -0.0, 0]),
        ("float", [0.1, np.float32(0.1), np.float64(0.1)]),
        ("string", ["EWR", np.str_("EWR")]),
        ("decimal(12,2)", [Decimal("1.5"), Decimal("1.50"), Decimal("15E-1"), "1.5", "1.500"]),
        ("decimal(12,2)", [Decimal(0), Decimal("-0.00"), 0, np.int64(0), "0"]),
        ("date", [date(2013, 6, 1), datetime(2013, 6, 1), "2013-06-01", pd.Timestamp("2013-06-01")]),
        ("date", [date(1969, 12, 31), np.datetime64("1969-12-31")]),
        (
            "timestamp",
            [
                datetime(2013, 6, 1, 12),
                datetime(2013, 6, 1, 12, tzinfo=UTC),
                pd.Timestamp("2013-06-01T14:00", tz="Europe/Berlin"),
                np.datetime64("2013-06-01T12:00:00.000000000"),
                "2013-06-01T12:00:00Z",
            ],
        ),
    ],
)
def test_every_spelling_of_an_entity_gives_one_key(declared: str, spellings: list[object]) -> None:
    keys = {encode_key([spelling], [declared]) for spelling in spellings}
    assert len(keys) == 1 and None not in keys


def test_dates_are_days_and_timestamps_microseconds() -> None:
    key = encode_key([date(1970, 1, 3), "1970-01-01T00:00:01Z"], ["date", "timestamp"])
    assert key == msgspec.msgpack.encode([2, 1_000_000])


def test_true_and_1_and_the_text_1_are_different_entities() -> None:
    keys = {encode_key([value], [kind]) for value, kind in ((True, "boolean"), (1, "int"), ("1", "string"))}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("value", "declared"),
    [
        (True, "bigint"),
        (np.bool_(True), "bigint"),
        (1.0, "bigint"),
        ("1", "bigint"),
        (2**63, "bigint"),
        (2**31, "int"),
        (1, "boolean"),
        ("true", "boolean"),
        (1, "string"),
        (b"EWR", "string"),
        ("\ud800", "string"),
        (True, "double"),
        (np.bool_(True), "double"),
        ("1.5", "double"),
        (10**400, "double"),
        (1e300, "float"),
        (datetime(2013, 6, 1, 1), "date"),
        (5, "date"),
        ("yesterday", "date"),
        (5, "timestamp"),
        ("yesterday", "timestamp"),
        (1.5, "decimal(12,2)"),
        (True, "decimal(12,2)"),
        ("1.505", "decimal(12,2)"),
        (10**10, "decimal(12,2)"),
        ("much", "decimal(12,2)"),
        (Decimal("Infinity"), "decimal(12,2)"),
        ([1], "string"),
        ({"a": 1}, "bigint"),
        (np.array([1, 2]), "bigint"),
    ],
)
def test_a_value_of_another_type_is_refused_with_key_and_value(value: object, declared: str) -> None:
    with pytest.raises(RequestError, match=r"key origin: .* is no ") as error:
        encode_key(["UA", value], ["string", declared], ["carrier", "origin"])
    assert repr(value)[:70] in str(error.value) and declared in str(error.value)


def test_a_huge_wrong_value_is_shown_in_short() -> None:
    with pytest.raises(RequestError) as error:
        encode_key(["x" * 1_000_000], ["bigint"])
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    "null",
    [None, float("nan"), np.float32("nan"), np.float64("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), Decimal("NaN")],
)
@pytest.mark.parametrize("declared", ["bigint", "string", "timestamp", "double", "decimal(12,2)", "boolean", "date"])
def test_a_null_part_gives_no_key(null: object, declared: str) -> None:
    assert encode_key(["UA", null], ["string", declared]) is None


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(RequestError, match="a key of carrier, origin takes 2 values, not 1"):
        KeyEncoder(["string", "string"], ["carrier", "origin"]).encode(["UA"])


def test_a_huge_key_is_encoded_whole() -> None:
    key = encode_key(["🦄" * 250_000], ["string"])
    assert key is not None and len(key) > 1_000_000


PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()


@given(st.integers(0, 2**32 - 1), st.lists(PLAIN))
def test_values_come_back_as_they_went(schema: int, values: list[object]) -> None:
    found_schema, found = decode_value(encode_value(schema, values))
    assert (found_schema, found) == (schema, values)
    assert [type(each) for each in found] == [type(each) for each in values]


@pytest.mark.parametrize("value", [np.int64(1), object(), 2**70, "\ud800"])
def test_a_value_that_cannot_be_packed_is_refused(value: object) -> None:
    with pytest.raises(RequestError, match="values of schema 3 cannot be packed"):
        encode_value(3, [1, value])


def test_a_schema_is_a_uint32() -> None:
    with pytest.raises(RequestError):
        encode_value(2**32, [])


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(RequestError, match="format 2, this version reads 1"):
        decode_value(b"\x02" + encode_value(1, [1])[1:])


@given(st.data())
def test_a_truncated_value_is_refused(data: st.DataObject) -> None:
    packed = encode_value(1, [1.5, "text", None, 10**10])
    with pytest.raises(RequestError, match="damaged"):
        decode_value(packed[: data.draw(st.integers(0, len(packed) - 1))])
