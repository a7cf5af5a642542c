"""Loading YAML: every problem of every file at once, each with its place; values as their author meant them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from definitions.errors import DefinitionError, Problem
from definitions.load import load_repository
from definitions.positions import resolve_scalar
from tests.definitions.repositories import FLIGHTS, flights, load


def problems_of(folder: Path, *files: str) -> list[Problem]:
    with pytest.raises(DefinitionError) as refused:
        load(folder, *files)
    return list(refused.value.problems)


def test_a_repository_is_read_from_any_files_and_folders(tmp_path: Path) -> None:
    head, tail = FLIGHTS.split("feature_views:")
    (tmp_path / "views" / "deep").mkdir(parents=True)
    (tmp_path / "views" / "deep" / "views.yml").write_text("feature_views:" + tail)
    for hidden in (".git", "data"):
        (tmp_path / hidden).mkdir()
        (tmp_path / hidden / "broken.yaml").write_text("{")
    (tmp_path / "featurestore.yaml").write_text("registry: sqlite:///x")
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    loaded = load(tmp_path, head)
    assert set(loaded.repository.feature_views) == {"carrier_punctuality", "airport_delay"}
    assert loaded.warnings == ()


def test_team_and_owner_of_a_file_hold_for_what_does_not_say_its_own(tmp_path: Path) -> None:
    loaded = flights(tmp_path, ("team: airline-ops", "team: airline-ops\nowner: ann"), ("delay: 1h", "owner: bob"))
    views = loaded.repository.feature_views
    assert views["airport_delay"].team == views["carrier_punctuality"].team == "airline-ops"
    assert (views["airport_delay"].owner, views["carrier_punctuality"].owner) == ("ann", "bob")


def test_a_definition_and_its_parts_are_located(tmp_path: Path) -> None:
    loaded = flights(tmp_path)
    where = loaded.locate("feature_view", "carrier_punctuality", "features", 2, "where")
    lines = FLIGHTS.splitlines()
    assert where is not None
    assert lines[where.line - 1][where.column - 1 :].startswith("not cancelled")
    assert loaded.locate("feature_view", "carrier_punctuality", "features", 2, "ttl") == loaded.locate(
        "feature_view", "carrier_punctuality", "features", 2
    )
    assert loaded.locate("entity", "nobody") is None


def test_times_are_utc_and_words_stay_words(tmp_path: Path) -> None:
    loaded = flights(tmp_path, ("counts yesterday", "on"), ("carrier: UA, arrivals", "carrier: no, arrivals"))
    (test,) = loaded.repository.feature_views["carrier_punctuality"].tests
    assert test.name == "on"
    assert test.expect[0]["carrier"] == "no"
    assert test.at == datetime(2013, 1, 2, 2, tzinfo=UTC)
    assert test.rows[0]["arrived_at"] == datetime(2013, 1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("no", "no"), ("y", "y"), ("Off", "Off"), ("true", True), ("False", False), ("~", None),
        ("", None), ("null", None), ("010", "010"), ("0", 0), ("-7", -7), ("1_000", "1_000"), ("1:30", "1:30"),
        ("0x1F", "0x1F"), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("1d", "1d"), ("5", 5),
        ("2013-01-02", date(2013, 1, 2)), ("2013-01-02T02:00:00", datetime(2013, 1, 2, 2, tzinfo=UTC)),
        ("2013-01-02 02:00", datetime(2013, 1, 2, 2, tzinfo=UTC)),
        ("2013-01-02T02:00:00.5Z", datetime(2013, 1, 2, 2, 0, 0, 500_000, tzinfo=UTC)),
        ("2013-01-02T02:00:00+02:00", datetime(2013, 1, 2, 0, tzinfo=UTC)), ("2013-1-2", "2013-1-2"),
    ],
)  # fmt: skip
def test_an_unquoted_scalar_means_what_it_looks_like(text: str, value: object) -> None:
    found = resolve_scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_all_problems_of_all_files_come_at_once_with_their_places(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        "entities:\n  - {name: a, keys: {a: string}, descripton: x}\n  - {name: B, keys: {b: strng}}\n",
        "entities: [\n",
        "feature_views:\n  - {name: v, entity: a, source: s, every: 1d, features: [{name: f, agg: cont}]}\nextra: 1\n",
    )
    assert [(p.rule, p.location.file.name, p.location.line, p.location.column) for p in problems if p.location] == [
        ("unknown-key", "file_0.yaml", 2, 34),
        ("wrong-value", "file_0.yaml", 3, 12),
        ("wrong-value", "file_0.yaml", 3, 25),
        ("malformed-yaml", "file_1.yaml", 2, 1),
        ("wrong-value", "file_2.yaml", 2, 74),
        ("unknown-key", "file_2.yaml", 3, 1),
    ]
    assert problems[0].suggestion == "did you mean 'description'?"
    assert "no type" in problems[2].message
    assert problems[4].suggestion == "did you mean 'count'?"
    assert str(problems[0]).startswith(f"{tmp_path / 'file_0.yaml'}:2:34: unknown key 'descripton'")


def test_a_broken_definition_is_not_called_missing_as_well(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, ("keys: {carrier: string}, description", "keys: {carrier: string}, descripton"))
    assert [problem.rule for problem in refused.value.problems] == ["unknown-key"]


def test_a_name_used_twice_points_at_both_places(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, FLIGHTS, "entities: [{name: carrier, keys: {carrier: string}}]")
    assert problem.rule == "duplicate-name"
    assert "file_0.yaml:3:5" in problem.message
    assert str(problem.location).endswith("file_1.yaml:1:19")


@pytest.mark.parametrize(
    ("text", "rule", "line", "message"),
    [
        ("entities:\n  - {name: a, name: b, keys: {a: int}}", "duplicate-key", 2, "stands twice"),
        ("entities: {a: 1}", "wrong-type", 1, "expected a list, found keys and values"),
        ("entities: [5]", "wrong-type", 1, "expected entity keys such as name, found 5"),
        ("- 1", "wrong-type", 1, "expected keys such as feature_views, found a list"),
        ("team: [a]\nentities: [{name: a, keys: {a: int}}]", "wrong-type", 1, "expected a text, found a list"),
        ("entities: [{keys: {a: int}}]", "missing-key", 1, "'name' is missing"),
        ("entities: [{name: a, keys: {}}]", "wrong-value", 1, "'keys' must not be empty"),
        ("entities: [{name: a, keys: {a: int}, tags: x}]", "wrong-type", 1, "expected a list, found 'x'"),
        ("entities: [{name: a, keys: {a: int}, description: 2013-01-01}]", "wrong-type", 1, "the date 2013-01-01"),
        ("entities: [{name: a, keys: {a: int}, description: 5}]", "wrong-type", 1, "expected a text, found 5"),
        ("entities: [{name: a b, keys: {a: int}}]", "wrong-value", 1, "'a b' is no name"),
        ("entities: [{name: a, keys: {a: int}, description: A b, c d.}]", "unknown-key", 1, "unknown key 'c d.'"),
        ("a: 1\n--- \nb: 2", "malformed-yaml", 2, "malformed YAML"),
        ("entities: &a [*a]", "malformed-yaml", 1, "inside what it names"),
        ("entities: !!python/object:os.system [1]", "malformed-yaml", 1, ""),
        ("entities:\n\t- a", "malformed-yaml", 2, "malformed YAML"),
        ("team: 2013-02-30", "malformed-yaml", 1, "no date or time"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(tmp_path: Path, text: str, rule: str, line: int, message: str) -> None:
    problems = problems_of(tmp_path, text)
    found = [(p.rule, p.location.line) for p in problems if p.location and message in p.message]
    assert (rule, line) in found or (rule == "malformed-yaml" and not message), problems
    assert "pydantic" not in str(problems)


def test_a_file_that_is_no_utf8_or_holds_control_characters_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"team: \xe9\xff")
    (tmp_path / "null.yaml").write_bytes(b"team: a\x00b")
    problems = problems_of(tmp_path)
    assert [problem.rule for problem in problems] == ["malformed-yaml", "malformed-yaml"]


def test_deep_nesting_and_multiplying_aliases_are_refused_quickly(tmp_path: Path) -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
    )
    problems = problems_of(tmp_path, "a: " + "[" * 5000, laughs)
    assert {problem.rule for problem in problems} >= {"malformed-yaml"}
    assert any("too many values" in problem.message for problem in problems)


def test_an_empty_or_missing_repository_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"defines nothing .*featurestore init"):
        load_repository(tmp_path)
    with pytest.raises(DefinitionError, match="there is no folder"):
        load_repository(tmp_path / "nowhere")


def test_an_expression_error_points_at_the_character(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, ('"arr_delay > 15"', '"arr_delay > 15 and cancelld"'))
    (problem,) = refused.value.problems
    assert problem.location is not None
    line = FLIGHTS.replace('"arr_delay > 15"', '"arr_delay > 15 and cancelld"').splitlines()[problem.location.line - 1]
    assert line[problem.location.column - 1 :].startswith("cancelld")
    assert problem.suggestion == "did you mean 'cancelled'?"


def test_lifecycle_is_a_word_or_more(tmp_path: Path) -> None:
    loaded = flights(
        tmp_path,
        ("delay: 1h", "lifecycle: draft"),
        ("keys: {airport: origin}", "keys: {airport: origin}\n    lifecycle: {state: deprecated, until: 2030-12-31}"),
    )
    views = loaded.repository.feature_views
    assert views["carrier_punctuality"].lifecycle.state == "draft"
    assert views["airport_delay"].lifecycle.until == date(2030, 12, 31)
