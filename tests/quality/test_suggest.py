"""What is suggested of a source, rule by rule: what its history bears out, and nothing that it does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from definitions.load import load_repository
from quality.suggestions.feature_values import ValueSummary, suggest_for_values
from quality.suggestions.text_shapes import shape_of
from tests.quality.suggesting import FIRST, Row, Trips, cents, checks, rows_of, some_day, suggested


def _number(chance: Random, day: int) -> Row:
    return {"x": chance.gauss(0, 1)}


def test_values_that_were_always_there_are_expected(tmp_path: Path) -> None:
    found = suggested(
        tmp_path,
        {"there": "double", "rare": "double"},
        lambda chance, day: {"there": 1.0 + chance.random(), "rare": None if chance.random() < 0.01 else 1.5},
    )
    assert checks(found, "not_null", "there") == [{}] and checks(found, "not_null", "rider") == [{}]
    assert checks(found, "not_null", "rare") == []
    assert checks(found, "not_null", "at") == [], "rows without an instant are of no day"


def test_of_ids_that_may_be_missing_the_share_is_expected_that_always_was_there(tmp_path: Path) -> None:
    found = suggested(
        tmp_path,
        {"voucher": "string", "rating": "double"},
        lambda chance, day: {
            "voucher": f"v{chance.randrange(10**6)}" if chance.random() < 0.6 else None,
            "rating": chance.random() if chance.random() < 0.6 else None,
        },
    )
    (voucher,) = checks(found, "not_null", "voucher")
    assert 0.1 < voucher["at_least"] < 0.5
    assert checks(found, "stable", "voucher") == [{}], "of its nulls"
    assert checks(found, "not_null", "rating") == [] and checks(found, "stable", "rating") == [{}]


def test_single_columns_are_unique_before_keys_and_instants(tmp_path: Path) -> None:
    counter = iter(range(10**6))
    columns = {"trip": "bigint", "x": "double"}
    found = suggested(tmp_path / "one", columns, lambda chance, day: {"trip": next(counter), "x": chance.random()})
    assert checks(found, "unique") == [{"columns": ["trip"]}], "fractions are unique by chance alone"
    found = suggested(tmp_path / "two", {"x": "double"}, _number, rows=20)
    assert checks(found, "unique") == [{"columns": ["rider", "at"]}]


def test_nothing_is_unique_that_was_repeated_on_some_day(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"trip": "bigint"})
    counter = iter(range(10**6))
    rows = rows_of(lambda chance, day: {"trip": next(counter)})
    rows[500] = rows[501]
    trips.land(rows)
    assert checks(trips.suggestion(35).sources[0], "unique") == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((True, False), None),
        ((True,), [True]),
        (("a", "b", "no", "1e5"), ["1e5", "a", "b", "no"]),
        (tuple(f"w{number}" for number in range(30)), None),
    ],
)
def test_few_values_that_are_often_seen_are_listed(tmp_path: Path, values: tuple[Any, ...], expected: Any) -> None:
    kind = "string" if isinstance(values[0], str) else "boolean"
    found = suggested(tmp_path, {"word": kind}, lambda chance, day: {"word": chance.choice(values)})
    assert checks(found, "in_set", "word") == ([] if expected is None else [{"values": expected}])


def test_a_list_with_a_rare_value_only_warns_and_says_why(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"word": "string"})
    rows = rows_of(lambda chance, day: {"word": chance.choice(["a", "b"])})
    for row in rows[:5]:
        row["word"] = "rare"
    trips.land(rows)
    (found,) = trips.suggestion(35).sources
    (listed,) = [each for each in found.suggested if each.check.model_dump()["check"] == "in_set"]
    assert listed.check.severity == "warn" and "'rare' was seen 5 times" in listed.thin
    assert f"      # only warns: {listed.thin}\n      - {{check: in_set, column: word" in found.yaml


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        ([f"MX-{number:04d}" for number in range(9)], "MX-[0-9]{4}"),
        ([f"c{number}" for number in range(90, 110)], "c[0-9]+"),
        ([f"{number}" for number in range(1000, 1020)], "[0-9]+"),
        (["DE", "FR", "IT"], "[A-Z]{2}"),
        (["a7f3", "03bc", "ffff"], "[0-9a-f]{4}"),
        (["X7", "A", "9Q"], "[A-Z0-9]+"),
        (["2024-01-02", "2023-11-30"], r"[0-9]+-[0-9]{2}-[0-9]{2}"),
        (["a.b", "c.d+"], None),
        (["a.b+", "c.d+"], r"[a-z]\.[a-z]\+"),
        (["Anna Lee", "Bo Foxi"], "[A-Z][a-z]+ [A-Z][a-z]+"),
        (["a", ""], None),
        (["a", "ä"], None),
        (["x\n", "y\n"], None),
        (["one word", "one"], None),
        (["aB", "3c", "D4e"], None),
    ],
)
def test_the_shape_of_texts_is_the_finest_that_all_have(texts: list[str], pattern: str | None) -> None:
    assert shape_of(texts) == pattern


def test_shapes_of_personal_texts_tell_classes_and_signs_alone() -> None:
    assert shape_of([f"user{number:03d}@mail.example" for number in range(9)], True) == r"[a-z]+[0-9]+@[a-z]+\.[a-z]+"


def test_a_shape_that_some_row_breaks_is_not_expected(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"code": "string"})
    rows = rows_of(lambda chance, day: {"code": f"T{chance.randrange(10**5):05d}"})
    trips.land(rows)
    assert checks(trips.suggestion(35).sources[0], "matches", "code") == [{"pattern": "T[0-9]{5}"}]
    rows[7]["code"] = "none"
    trips.land(rows)
    assert checks(trips.suggestion(35).sources[0], "matches", "code") == []


def _range(folder: Path, make: Any, kind: str = "double", **of_column: Any) -> Row | None:
    column = {"type": kind, **of_column}
    found = suggested(folder, {"x": column}, lambda chance, day: {"x": make(chance, day)})
    ranges = checks(found, "range", "x")
    return ranges[0] if ranges else None


def test_limits_lie_as_far_out_as_the_tail_calls_for(tmp_path: Path) -> None:
    bounded = _range(tmp_path / "1", lambda chance, day: chance.randrange(1, 7), "bigint")
    assert bounded == {"min": 0, "max": 6}, "reached on most days and never passed"
    normal = _range(tmp_path / "2", lambda chance, day: chance.gauss(0, 1))
    assert normal is not None and -20 < normal["min"] < -4 and 4 < normal["max"] < 20
    heavy = _range(tmp_path / "3", lambda chance, day: chance.lognormvariate(0, 1))
    assert heavy is not None and heavy["min"] == 0 and heavy["max"] > 100
    money = _range(tmp_path / "4", lambda chance, day: cents(chance), "decimal(10,2)")
    assert money is not None and money["min"] == 0 and 99.99 <= money["max"] < 110
    below = _range(tmp_path / "5", lambda chance, day: -chance.random() - 1)
    assert below is not None and below["max"] == 0 and -2.5 < below["min"] <= -1.99


def test_there_is_no_limit_where_it_would_be_arbitrary(tmp_path: Path) -> None:
    assert _range(tmp_path / "1", lambda chance, day: chance.paretovariate(0.4)) == {"min": 0}, "a tail too heavy"
    assert _range(tmp_path / "2", lambda chance, day: day + chance.random()) == {"min": 0}, "it grows"
    assert _range(tmp_path / "3", lambda chance, day: 7.0) is None, "it never was otherwise"


def test_columns_that_were_always_ordered_are_expected_to_be(tmp_path: Path) -> None:
    def make(chance: Random, day: int) -> Row:
        gross = 1 + 10 * chance.random()
        begun = FIRST + timedelta(days=day, hours=chance.random())
        return {
            "gross": gross, "net": gross * chance.random(), "tax": gross + chance.random(),
            "tons": 100 + chance.random(), "other": 10 * chance.random(), "metres": gross * 2,
            "begun": begun, "ended": begun + timedelta(hours=1),
            "day": some_day(chance, day), "later": some_day(chance, day) + timedelta(days=6),
        }  # fmt: skip

    columns: dict[str, Any] = dict.fromkeys(("gross", "net", "tax", "tons", "other"), "double")
    columns |= {"metres": {"type": "double", "unit": "m"}, "begun": "timestamp", "ended": "timestamp"}
    found = suggested(tmp_path, {**columns, "day": "date", "later": "date"}, make)
    related = {each["that"] for each in checks(found, "relation")}
    assert related == {"net <= gross", "gross <= tax", "begun <= ended", "`day` <= later"}


def test_days_are_held_to_how_far_they_strayed_and_how_long_they_were_silent(tmp_path: Path) -> None:
    found = suggested(tmp_path / "even", {"x": "double"}, _number)
    assert checks(found, "volume") == [{"within": 0.3}]
    (fresh,) = checks(found, "freshness")
    assert 3 <= int(fresh["within"].removesuffix("h")) <= 8
    trips = Trips(tmp_path / "uneven", {"x": "double"})
    rows = rows_of(_number)
    trips.land([row for row in rows if not (row["at"].day == 27 and row["at"].hour >= 3 and hash(row["x"]) % 3)])
    (volume,) = checks(trips.suggestion(35).sources[0], "volume")
    assert 0.4 <= volume["within"] < 1


def test_what_drifted_is_not_expected_to_be_stable_and_neither_are_ids(tmp_path: Path) -> None:
    def make(chance: Random, day: int) -> Row:
        return {
            "steady": chance.gauss(0, 1),
            "jumping": chance.gauss(9.0 * (day % 5), 1),
            "trip_id": chance.randrange(99),
        }

    found = suggested(tmp_path, {"steady": "double", "jumping": "double", "trip_id": "bigint"}, make, days=50)
    assert checks(found, "stable", "steady") == [{}] and checks(found, "stable", "at") == [{}]
    assert checks(found, "stable", "trip_id") == [] and checks(found, "range", "trip_id") == []
    assert checks(found, "stable", "rider") == [], "it is the entity's key"


def test_fewer_than_four_weeks_are_said_and_only_rows_are_held(tmp_path: Path) -> None:
    found = suggested(tmp_path, {"word": "string"}, lambda chance, day: {"word": chance.choice("ab")}, days=27)
    kinds = {each.check.model_dump()["check"] for each in found.suggested}
    assert kinds == {"not_null", "unique", "in_set", "matches"}
    assert any("less than 4 weeks" in line for line in found.words) and "# That is less than 4 weeks" in found.yaml


def test_thin_evidence_only_warns(tmp_path: Path) -> None:
    found = suggested(tmp_path, {"word": "string"}, lambda chance, day: {"word": "a"}, days=3, rows=100)
    assert {each.check.severity for each in found.suggested} == {"warn"}
    assert {each.thin for each in found.suggested} == {"seen in 300 rows only"}


def test_rows_without_timestamp_are_said_to_have_no_days(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"word": "string"}, timestamp=None)
    trips.land(rows_of(lambda chance, day: {"word": chance.choice("ab")}))
    (found,) = trips.suggestion(35).sources
    assert checks(found, "in_set", "word") == [{"values": ["a", "b"]}]
    assert "no timestamp" in found.words[0] and checks(found, "stable") == checks(found, "volume") == []


def test_a_source_without_a_whole_day_gets_nothing(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"x": "double"})
    trips.land(rows_of(_number, days=1))
    (found,) = trips.suggestion(0).sources
    assert found.suggested == () and found.yaml == "    # trips has no whole day yet, so there is nothing to go by.\n"


def test_what_is_expected_already_is_not_suggested_again(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"x": "double"}, expect=[{"check": "range", "column": "x", "min": -3}])
    trips.land(rows_of(_number))
    (found,) = trips.suggestion(35).sources
    assert checks(found, "range", "x") == [] and checks(found, "not_null", "x") == [{}]


def test_days_that_broke_what_was_expected_say_nothing_of_what_is_usual(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"x": "double"}, expect=[{"check": "not_null", "column": "rider", "severity": "block"}])
    rows = rows_of(lambda chance, day: {"x": chance.random() + 50.0 * (day == 20)}, days=40)
    rows[20 * 60]["rider"] = None
    trips.land(rows)
    store = trips.store(40)
    store.apply()
    store.materialize()
    (found,) = trips.suggestion(40).sources
    (limits,) = checks(found, "range", "x")
    assert (found.days, found.left_out) == (39, 1) and limits["max"] < 2
    # Nor that a day is sometimes missing.
    (volume,) = checks(found, "volume")
    assert volume["within"] < 1


def test_of_personal_columns_no_values_are_told(tmp_path: Path) -> None:
    words = ("anna", "berta", "clara")
    found = suggested(
        tmp_path,
        {
            "name": {"type": "string", "pii": ["name"]},
            "phone": {"type": "string", "pii": ["phone"]},
            "age": {"type": "int", "pii": ["age"]},
            "member": {"type": "boolean", "pii": ["membership"]},
        },
        lambda chance, day: {
            "name": chance.choice(words),
            "phone": f"+49 {chance.randrange(10**7, 10**8)}",
            "age": chance.randrange(31, 78),
            "member": True,
        },
    )
    for column in ("name", "phone", "age", "member"):
        assert checks(found, "not_null", column) == [{}]
        assert checks(found, "in_set", column) == checks(found, "range", column) == []
    assert checks(found, "matches", "phone") == [{"pattern": r"\+[0-9]+ [0-9]+"}]
    assert checks(found, "stable", "age") == [], "nothing but its nulls is looked at, and there are none"
    told = [
        line for line in found.yaml.splitlines() if any(f"column: {name}" in line for name in ("name", "phone", "age"))
    ]
    assert not any(secret in line for line in told for secret in (*words, "49", "31", "77"))


def test_members_of_a_union_and_dimensions_get_their_own(tmp_path: Path) -> None:
    trips = Trips(tmp_path, {"word": "string"})
    trips.land(rows_of(lambda chance, day: {"word": chance.choice("ab")}), folder="north")
    trips.land(rows_of(lambda chance, day: {"word": chance.choice("cd")}, seed=2), folder="south")
    columns = "{rider: string, word: string, at: timestamp}"
    (tmp_path / "trips.yaml").write_text(
        "entities: [{name: rider, keys: {rider: string}}]\n"
        "sources:\n"
        f"  - {{name: north, path: north/*.parquet, timestamp: at, columns: {columns}}}\n"
        f"  - {{name: south, path: south/*.parquet, timestamp: at, columns: {columns}}}\n"
        "  - {name: trips, union: [north, south]}\n"
        f"  - {{name: homes, path: south/*.parquet, columns: {columns}}}\n"
        "feature_views:\n"
        "  - name: riders\n"
        "    entity: rider\n"
        "    source: trips\n"
        "    join: {source: homes, on: rider}\n"
        "    features: [{name: trips, agg: count}]\n",
        encoding="utf-8",
    )
    north, south, homes = trips.suggestion(35).sources
    assert [each.source.name for each in (north, south, homes)] == ["north", "south", "homes"]
    assert checks(north, "in_set") == [{"values": ["a", "b"]}] and checks(south, "in_set") == [{"values": ["c", "d"]}]
    assert checks(north, "volume") == [{"within": 0.3}] and checks(homes, "volume") == []


def test_what_is_pasted_is_read_as_what_was_suggested(tmp_path: Path) -> None:
    awkward = ["no", "1e5", "2024-01-01", "12", "null", "it's", "a: b", "ä # c", "", "[x]"]
    found = suggested(tmp_path, {"word": "string"}, lambda chance, day: {"word": chance.choice(awkward)})
    trips = Trips(tmp_path, {"word": "string"})
    trips.declare(found.yaml)
    loaded = load_repository(tmp_path).repository.sources["trips"]
    assert loaded.expect == tuple(each.check for each in found.suggested)


def _boundaries(number: int = 40, nulls: int = 0) -> list[ValueSummary]:
    chance = Random(1)
    return [ValueSummary(100, nulls, chance.random(), 10 + chance.random()) for _ in range(number)]


def test_features_are_expected_to_be_there_and_within_twice_their_extremes() -> None:
    found = [each.check.model_dump(exclude_defaults=True) for each in suggest_for_values(_boundaries())]
    assert found[0] == {"check": "not_null", "severity": "block"}
    assert found[1]["min"] == 0 and 20 < found[1]["max"] < 26
    assert [each.check.model_dump()["check"] for each in suggest_for_values(_boundaries(nulls=1))] == ["range"]


def test_little_is_said_of_features_that_are_new_or_seen_in_a_sample() -> None:
    (found,) = suggest_for_values(_boundaries(20))
    assert (found.check.severity, found.thin) == ("warn", "seen at 20 boundaries only")
    sampled = list(suggest_for_values(_boundaries(), thin="seen in a sample"))
    assert [(each.check.severity, each.thin) for each in sampled] == [("warn", "seen in a sample")] * 2
    assert list(suggest_for_values([])) == []
