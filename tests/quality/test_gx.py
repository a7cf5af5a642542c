"""Great Expectations itself, on samples of rows: what fails, what cannot be run, what is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from definitions.expectation import Check, GreatExpectation, InSet, NotNull, Unique
from definitions.great_expectations import FILE
from docs.generate_great_expectations import generate_list
from quality.data_docs import Documented, metrics_table, write_site
from quality.gx import Sample, judge_sample
from quality.judgement import Judgement, check_name
from quality.words import broken_words

ROWS = pa.table(
    {
        "delay": [1.0, 2.0, 3.0, None, 50.0],
        "carrier": ["UA", "AA", "UA", "ZZ", None],
        "email": ["ann@x.org", "bob@x.org", "cy@x.org", "dee@x.org", "eve@x.org"],
    }
)
SAMPLE = Sample("flights 2013-01-07", ROWS, frozenset({"email"}))


def expecting(expectation: str, column: str | None = None, at_least: float = 1.0, **arguments: Any) -> GreatExpectation:
    return GreatExpectation(
        check="great_expectations", expectation=expectation, column=column, at_least=at_least, arguments=arguments
    )


def found(check: GreatExpectation, sample: Sample = SAMPLE) -> Any:
    (figures,) = judge_sample([(check, check.column)], sample)
    return figures


def said(check: GreatExpectation) -> str:
    return broken_words(check, check.column, found(check))


def test_values_that_are_otherwise_are_counted() -> None:
    check = expecting("expect_column_values_to_be_between", "delay", max_value=10)
    assert found(check) == {"rows": 5, "broken": 1}
    assert said(check) == "1 values in a sample of 5 rows are not as expect_column_values_to_be_between says"


def test_a_share_of_the_values_is_enough_where_it_says_so() -> None:
    assert found(expecting("expect_column_values_to_be_between", "delay", 0.7, max_value=10)) is None
    assert found(expecting("expect_column_values_to_be_between", "delay", 0.8, max_value=10)) is not None


def test_an_aggregate_is_told_as_it_was_observed() -> None:
    check = expecting("expect_column_mean_to_be_between", "delay", max_value=10)
    assert found(check) == {"rows": 5, "observed": 14.0}
    assert "a sample of 5 rows has 14.0, which is not as expect_column_mean_to_be_between says" in said(check)


@pytest.mark.parametrize(
    ("check", "why"),
    [
        (expecting("expect_column_mean_to_be_between", "gone", max_value=1), '"gone" in BatchData does not exist'),
        (expecting("expect_column_values_to_be_in_set", "carrier", value_set=3), "not a valid list"),
        (expecting("expect_column_values_to_be_between", "delay"), "cannot both be None"),
        (expecting("expect_column_values_to_match_regex", "carrier", regex="("), "unterminated"),
        (expecting("expect_column_mean_to_be_between", "carrier", max_value=1), "could not be checked"),
    ],
)
def test_what_cannot_be_run_says_so(check: GreatExpectation, why: str) -> None:
    assert why in said(check)
    assert f"{check.expectation} could not be checked on a sample of 5 rows: " in said(check)


def test_values_of_columns_about_people_are_in_no_figure() -> None:
    for expectation, arguments in (
        ("expect_column_mean_to_be_between", {"max_value": 1}),
        ("expect_column_max_to_be_between", {"max_value": "a"}),
        ("expect_column_values_to_be_in_set", {"value_set": ["x"]}),
        ("expect_column_value_lengths_to_equal", {"value": 1}),
    ):
        figures = found(expecting(expectation, "email", **arguments))
        assert figures is not None
        assert "x.org" not in str(figures)


def test_no_rows_are_as_expected() -> None:
    check = expecting("expect_column_mean_to_be_between", "delay", max_value=10)
    assert found(check, Sample("flights 2013-01-08", ROWS.slice(0, 0))) is None


def test_the_list_of_names_is_that_of_the_installed_release() -> None:
    assert FILE.read_text(encoding="utf-8") == generate_list(), "run: python docs/generate_great_expectations.py"


def judged(check: Check, day: int, figures: Any) -> Judgement:
    return Judgement(check, check_name(check), day, figures)


CARRIER = InSet(check="in_set", column="carrier", values=("UA", "AA"))
KEY = Unique(check="unique", columns=("carrier",))
EMAIL = NotNull(check="not_null", column="email", severity="block")
QUANTILES = expecting(
    "expect_column_quantile_values_to_be_between",
    "delay",
    quantile_ranges={"quantiles": [0.5], "value_ranges": [[0, 1]]},
)
JUDGED = (
    judged(CARRIER, 15711, None),
    judged(CARRIER, 15712, {"broken": 1, "rows": 4}),
    judged(KEY, 15712, {"broken": 1, "rows": 4}),
    judged(EMAIL, 15712, {"broken": 2, "rows": 5}),
    judged(QUANTILES, 15712, {"rows": 5}),
)


def test_metrics_are_a_row_a_day_and_a_column_a_check() -> None:
    rows = metrics_table(JUDGED)
    assert rows["day"].to_list() == ["2013-01-06", "2013-01-07"]
    assert rows["carrier:in_set"].to_list() == [0, 1]
    assert rows["email:not_null"].fillna(-1).to_list() == [-1, 2]
    assert rows["delay:expect_column_quantile_values_to_be_between"].fillna(-1).to_list() == [-1, 1]


def test_data_docs_show_what_was_found_and_nothing_about_people(tmp_path: Path) -> None:
    shown = Sample(SAMPLE.name, ROWS.drop_columns(["email"]), SAMPLE.private)
    for _ in range(2):
        page = write_site(tmp_path, [Documented("flights", JUDGED, shown)])
    pages = {path: path.read_text(encoding="utf-8") for path in page.parent.rglob("*.html")}
    whole = "".join(pages.values())
    assert "flights checks" in pages[page]
    assert "flights 2013-01-07 sample" in pages[page]
    assert "2013-01-07, 1 of 4 rows have another carrier than UA, AA" in whole
    assert "ZZ" in whole
    assert "email:not_null: 2013-01-07, broken" in whole
    assert not any(str(value) in whole for value in ROWS["email"].to_pylist())
