"""What a column is compared with: values of its own type, or an error that says what one would be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.comparable import read_value, spell_value
from definitions.expressions import parse_condition
from definitions.types import SIMPLE_TYPE_NAMES, parse_type

NUMBERS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text() | st.dates().map(str) | st.datetimes().map(lambda held: held.isoformat())
TYPES = st.sampled_from([*SIMPLE_TYPE_NAMES, "decimal(12,2)", "decimal(38,9)"]).map(parse_type)


@pytest.mark.parametrize(
    ("value", "of", "read", "spelt"),
    [
        (True, "boolean", True, "true"),
        (5, "int", 5, "5"),
        (5.0, "bigint", 5, "5L"),
        (0.5, "int", 0.5, "0.5D"),
        (5, "double", 5.0, "5.0D"),
        (0.1, "decimal(12,2)", Decimal("0.1"), "0.1BD"),
        (10**35, "decimal(38,2)", Decimal(10**35), f"{10**35}BD"),
        ("it's", "string", "it's", r"'it\'s'"),
        ("2013-01-31", "date", date(2013, 1, 31), "date '2013-01-31'"),
        ("2013-01-31", "timestamp", datetime(2013, 1, 31, tzinfo=UTC), "timestamp '2013-01-31 00:00:00'"),
        (
            "2013-01-31T14:00+02:00",
            "timestamp",
            datetime(2013, 1, 31, 12, tzinfo=UTC),
            "timestamp '2013-01-31 12:00:00'",
        ),
    ],
)
def test_a_value_is_read_as_the_column_has_them(value: Any, of: str, read: object, spelt: str) -> None:
    found = read_value(value, parse_type(of))
    assert (found, type(found)) == (read, type(read))
    assert spell_value(value, parse_type(of)) == spelt


@pytest.mark.parametrize(
    ("value", "of", "message"),
    [
        (True, "int", "true is no int; write a whole number"),
        (1, "boolean", "1 is no boolean; write true or false"),
        (2**63, "bigint", "9223372036854775808 is no bigint; write a whole number"),
        (10**400, "double", f"1{'0' * 39}.. is no double; write a number"),
        (10**37, "decimal(12,2)", f"{10**37} is no decimal(12,2); write a number"),
        (5, "string", "5 is no string; write a text, in quotes"),
        ("5", "int", "the text '5' is no int; write a whole number"),
        ("2013-02-30", "date", "the text '2013-02-30' is no date; write a date such as 2013-01-31"),
        ("2013-01-01T00:00", "date", "the text '2013-01-01T00:00' is no date; write a date such as 2013-01-31"),
        (2013, "timestamp", "2013 is no timestamp; write a date or an instant such as 2013-01-31T14:00:00Z"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_one_would_be(value: Any, of: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_value(value, parse_type(of))
    assert str(refused.value) == message


@given(NUMBERS | TEXTS, TYPES)
def test_whatever_can_be_spelt_can_be_compared(value: Any, of: Any) -> None:
    try:
        spelt = spell_value(value, of)
    except ValueError:
        return
    parse_condition(f"{spelt} <= held and held in ({spelt})", {"held": of})
