"""Expectations of Great Expectations are validated by a list, with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import DefinitionError
from definitions.rules import check_repository
from tests.definitions.repositories import FLIGHTS, flights

TIMESTAMP = "    timestamp: arrived_at          # when the row's values were known\n"
FEATURE = "{name: arr_delay, agg: last, of: arr_delay, ttl: 2d}"


def expecting(text: str) -> tuple[str, str]:
    """The repository with one check of its source."""
    return TIMESTAMP, f"{TIMESTAMP}    expect:\n      - {{check: great_expectations, {text}}}\n"


def refused(folder: Path, text: str) -> str:
    with pytest.raises(DefinitionError) as raised:
        flights(folder, expecting(text))
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("expectation: expect_column_maen_to_be_between, column: origin", "mean 'expect_column_mean_to_be_between'"),
        ("expectation: expect_table_row_count_to_equal, arguments: {value: 3}", "expect volume of the source"),
        (
            "expectation: expect_column_mean_to_be_between, column: arr_delay, arguments: {max_vale: 1}",
            "did you mean 'max_value'?",
        ),
        ("expectation: expect_column_values_to_be_in_set, column: origin", "needs value_set"),
        ("expectation: expect_column_mean_to_be_between, arguments: {max_value: 1}", "add column:"),
        (
            "expectation: expect_column_mean_to_be_between, arguments: {column: arr_delay, max_value: 1}",
            "write column: beside check:",
        ),
        (
            "expectation: expect_compound_columns_to_be_unique, column: origin, arguments: {column_list: [origin]}",
            "is not about one column",
        ),
        (
            "expectation: expect_compound_columns_to_be_unique, arguments: {column_list: [origin, carier]}",
            "did you mean 'carrier'?",
        ),
        (
            "expectation: expect_column_max_to_be_between, column: arr_delay, at_least: 0.5, arguments: {max_value: 1}",
            "not about a share",
        ),
        (
            "expectation: expect_column_values_to_be_null, column: origin, at_least: 0.5, arguments: {mostly: 0.5}",
            "are the same",
        ),
        (
            "expectation: expect_column_values_to_be_null, column: origin, arguments: {row_condition: x > 1}",
            "takes no argument 'row_condition'",
        ),
    ],
)
def test_what_great_expectations_would_refuse_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    told = refused(tmp_path, text)
    assert message in told
    line = FLIGHTS.partition(TIMESTAMP)[0].count("\n") + 3
    assert f"file_0.yaml:{line}:" in told


def test_a_feature_s_expectation_is_about_its_own_values(tmp_path: Path) -> None:
    check = "{check: great_expectations, expectation: expect_column_mean_to_be_between, arguments: {max_value: 1}}"
    with_check = FEATURE.replace("}", f", expect: [{check}]}}")
    assert check_repository(flights(tmp_path, (FEATURE, with_check))) == ()


def test_a_table_s_expectation_is_none_of_a_feature(tmp_path: Path) -> None:
    check = "{check: great_expectations, expectation: expect_table_column_count_to_equal, arguments: {value: 1}}"
    with pytest.raises(DefinitionError, match="is about a table"):
        flights(tmp_path, (FEATURE, FEATURE.replace("}", f", expect: [{check}]}}")))


def test_a_right_one_is_taken(tmp_path: Path) -> None:
    text = "expectation: expect_column_mean_to_be_between, column: arr_delay, arguments: {max_value: 1}"
    assert check_repository(flights(tmp_path, expecting(text))) == ()
