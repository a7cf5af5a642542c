"""Expectations as they stand in YAML: what they mean, and what is said of those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import DefinitionError
from definitions.expectation import Expectation, Freshness, InSet, Range, Unique
from definitions.loaded import LoadedRepository
from tests.definitions.repositories import flights, load

ROOT = Path(__file__).parents[2]
TIMESTAMP = "timestamp: arrived_at          # when the row's values were known"


def expecting(folder: Path, check: str, more: str = "") -> LoadedRepository:
    """The small repository whose source expects something."""
    return flights(folder, (TIMESTAMP, f"timestamp: arrived_at\n    expect: [{check}]{more}"))


def read(folder: Path, check: str) -> Expectation:
    (expectation,) = expecting(folder, check).repository.sources["flights"].expect
    return expectation


@pytest.mark.parametrize(
    ("check", "at", "said"),
    [
        ("{check: not_nul, column: carrier}", "not_nul,", "unknown check 'not_nul' (did you mean 'not_null'?)"),
        ("{column: carrier}", "{column", "the key 'check' is missing (add check:, such as not_null)"),
        ("{chek: not_null}", "{chek", "the key 'check' is missing (write check in place of chek)"),
        ("{not_null: carrier}", "{not_null", "the key 'check' is missing (write {check: not_null, ..})"),
        ("not_null", "not_null]", "'expect': expected keys and values, found 'not_null' (write {check: not_null, ..})"),
        ("[not_null]", "[not_null]", "'expect': expected keys and values, found a list"),
        ("{check: 5}", "5}", "'check': expected a text, found 5 (checks are freshness, great_expectations, "),
        ("{check: }", "}", "'check': expected a text, found nothing (checks are freshness, great_expectations, "),
        ("{check: range, colum: carrier}", "colum:", "unknown key 'colum' (did you mean 'column'?)"),
        ("{check: range, range: 5}", "range: 5", "unknown key 'range' (keys are at_least, check, column, max, min, "),
        ("{check: in_set, column: carrier}", "{check", "the key 'values' is missing (add values:)"),
        ("{check: not_null, severity: blok}", "blok", "'blok' is not among the values of 'severity' (did you mean"),
        ("{check: not_null, at_least: 1.5}", "1.5", "'at_least': expected at most 1, found 1.5"),
        ("{check: not_null, at_least: 0}", "0}", "'at_least': expected more than 0, found 0"),
        ("{check: volume, weeks: 1}", "1}", "'weeks': expected at least 2, found 1"),
        ("{check: volume, weeks: 53}", "53", "'weeks': expected at most 52, found 53"),
        ("{check: volume, weeks: 2.5}", "2.5", "'weeks': expected a whole number, found 2.5"),
        ("{check: volume, within: 0}", "0}", "'within': expected more than 0, found 0"),
        ("{check: freshness, within: 6 h}", "6 h", "'6 h' is no duration; write a whole number and s, m, h, d or w"),
        ("{check: range, min: [1]}", "[1]", "'min': expected a number, a text, a date, true or false, found a list"),
        ("{check: range, min: .inf}", ".inf", "'min': expected a number that is finite, found inf"),
        ("{check: in_set, values: UA}", "UA", "'values': expected a list, found 'UA' (write it as a list: [..])"),
        ("{check: in_set, values: [~]}", "~", "'values': expected a number, a text, a date, true or false, found "),
        ("{check: in_set, values: []}", "[]", "'values' must not be empty"),
        ("{check: unique, columns: []}", "[]", "'columns' must not be empty"),
        ("{check: great_expectations, expectation: expect_x, severity: block}", "block",
         "a sample never certifies all rows, so great_expectations can only warn; leave severity out"),
        ("{check: great_expectations, expectation: Uniqueness}", "Uniqueness",
         "'Uniqueness' is no expectation of Great Expectations (such as expect_column_mean_to_be_between)"),
        ("{check: great_expectations, expectation: expect_x, arguments: {of: .nan}}", "{of",
         "arguments are as JSON has them: numbers are finite"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_expectation_is_said_where_it_stands(
    tmp_path: Path, check: str, at: str, said: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        expecting(tmp_path, check)
    (problem,) = refused.value.problems
    assert problem.location is not None
    line = problem.location.file.read_text().splitlines()[problem.location.line - 1]
    assert line[problem.location.column - 1 :].startswith(at)
    assert str(problem).removeprefix(f"{problem.location}: ").startswith(said)


def test_all_expectations_of_a_list_are_complained_of_at_once(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        expecting(tmp_path, "{check: rang}, {check: volume, weeks: 1, within: 0}, {check: range, colum: a, columns: b}")
    assert [problem.message for problem in refused.value.problems] == [
        "unknown check 'rang'",
        "'weeks': expected at least 2, found 1",
        "'within': expected more than 0, found 0",
        "unknown key 'colum'",
        "unknown key 'columns'",
    ]


def test_one_expectation_without_a_list_is_told_how_lists_are_written(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, (TIMESTAMP, "timestamp: arrived_at\n    expect: {check: volume}"))
    (problem,) = refused.value.problems
    assert problem.message == "'expect': expected a list, found keys and values"
    assert problem.suggestion == "begin each one with a dash"


def test_a_bound_of_any_field_is_named_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        flights(
            tmp_path,
            ("keys: {airport: string}", "keys: {airport: string}, buckets: 100001"),
            ("ttl: 2d", "n: 21, quantile: 1"),
        )
    assert [problem.message for problem in refused.value.problems] == [
        "'buckets': expected at most 100,000, found 100001",
        "'n': expected at most 20, found 21",
        "'quantile': expected less than 1, found 1",
    ]


def test_an_expectation_warns_of_all_values_unless_it_says_otherwise(tmp_path: Path) -> None:
    expectation = read(tmp_path, "{check: range, column: arr_delay, min: 0}")
    assert expectation == Range(check="range", column="arr_delay", min=0, severity="warn", at_least=1.0)


def test_dates_and_instants_may_stand_without_quotes(tmp_path: Path) -> None:
    expectation = read(tmp_path, "{check: range, column: arrived_at, min: 2013-01-01, max: 2013-12-31T23:00:00}")
    assert isinstance(expectation, Range)
    assert (expectation.min, expectation.max) == ("2013-01-01", "2013-12-31T23:00:00+00:00")


def test_values_keep_their_types(tmp_path: Path) -> None:
    expectation = read(tmp_path, "{check: in_set, column: arr_delay, values: [1, 1.5, 2.0]}")
    assert isinstance(expectation, InSet)
    assert [(each, type(each)) for each in expectation.values] == [(1, int), (1.5, float), (2.0, float)]


def test_unique_takes_one_column_or_several(tmp_path: Path) -> None:
    one = read(tmp_path / "one", "{check: unique, columns: carrier}")
    assert one == read(tmp_path / "list", "{check: unique, columns: [carrier]}")
    assert isinstance(one, Unique)


def test_a_service_level_is_a_span(tmp_path: Path) -> None:
    loaded = flights(tmp_path, ("delay: 1h", "delay: 1h\n    sla: {fresh_within: 2d}"))
    level = loaded.repository.feature_views["carrier_punctuality"].sla
    assert level is not None
    assert str(level.fresh_within) == "2d"
    freshness = read(tmp_path / "source", "{check: freshness, within: 36h}")
    assert isinstance(freshness, Freshness)
    assert str(freshness.within) == "36h"


def test_the_example_of_the_reference_loads_without_a_warning(tmp_path: Path) -> None:
    _, _, section = (ROOT / "docs/reference/yaml.md").read_text(encoding="utf-8").partition("## Expectation\n")
    example = section.partition("```yaml\n")[2].partition("```")[0]
    loaded = load(tmp_path, "entities: [{name: customer, keys: {customer: bigint}}]\n", example)
    assert loaded.warnings == ()
    assert len(loaded.repository.sources["orders"].expect) == 6


def test_what_is_wrong_with_a_service_level_is_said_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, ("delay: 1h", "sla: {fresh_wihtin: 2d}"))
    assert [(problem.message, problem.suggestion) for problem in refused.value.problems] == [
        ("the key 'fresh_within' is missing", "add fresh_within:"),
        ("unknown key 'fresh_wihtin'", "did you mean 'fresh_within'?"),
    ]
