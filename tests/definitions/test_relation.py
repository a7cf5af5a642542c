"""What a view reads, unions and joins resolved, and what of it is computation."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.columns import column_types, feature_columns
from definitions.diff import Change, diff_repositories
from definitions.fingerprint import reading_fingerprint, source_fingerprint, view_fingerprint
from definitions.model import Repository
from definitions.relation import files_read, names_read, resolve_source, resolve_view
from tests.definitions.repositories import load

FLEET = """\
entities:
  - {name: carrier, keys: {carrier: string}}
sources:
  - name: flights_2012
    path: data/2012/*.parquet
    timestamp: landed_at
    columns: {carrier: string, tailnum: string, year: int, landed_at: timestamp}
  - name: flights_2013
    path: data/2013/*/*.csv
    timestamp: landed_at
    columns: {carrier: string, tailnum: string, landed_at: timestamp}
    partitions: {year: int}
  - {name: flights, union: [flights_2012, flights_2013]}
  - name: planes
    path: data/planes.parquet
    timestamp: known_at
    columns: {tailnum: string, year: int, seats: int, known_at: timestamp}
feature_views:
  - name: fleet
    entity: carrier
    source: flights
    join: {source: planes, on: tailnum}
    features:
      - {name: seats, agg: sum, of: planes.seats, windows: [7d]}
      - {name: old, agg: mean, of: "year - planes.year > 20", windows: [7d]}
feature_services:
  - {name: model, features: ["fleet:*"]}
"""


def fleet(folder: Path, *replacements: tuple[str, str]) -> Repository:
    text = FLEET
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    return load(folder, text).repository


def view_print(repository: Repository) -> str:
    view = repository.feature_views["fleet"]
    return view_fingerprint(view, resolve_view(view, repository.sources), repository.entities["carrier"])


def diff(folder: Path, *replacements: tuple[str, str]) -> dict[tuple[str, str], Change]:
    found = diff_repositories(fleet(folder / "before"), fleet(folder / "after", *replacements))
    return {(change.kind, change.name): change for change in found}


def test_a_union_has_the_shape_and_the_files_of_its_members(tmp_path: Path) -> None:
    united = resolve_source("flights", fleet(tmp_path).sources)
    assert (united.name, united.timestamp) == ("flights", "landed_at")
    assert {name: str(kind) for name, kind in column_types(united).items()} == {
        "carrier": "string", "tailnum": "string", "year": "int", "landed_at": "timestamp",
    }  # fmt: skip
    assert [member.name for member in files_read(united)] == ["flights_2012", "flights_2013"]


def test_a_view_reads_its_own_columns_by_name_and_those_of_dimensions_by_qualified_names(tmp_path: Path) -> None:
    repository = fleet(tmp_path)
    view = repository.feature_views["fleet"]
    source = resolve_view(view, repository.sources)
    types = column_types(source)
    assert str(types["planes.seats"]) == "int"
    assert {"year", "planes.year"} <= types.keys()
    assert [str(column.type) for column in feature_columns(view, source)] == ["bigint", "double"]
    assert [read.name for read in files_read(source)] == ["flights_2012", "flights_2013", "planes"]
    assert names_read(view, repository.sources) == {"flights", "flights_2012", "flights_2013", "planes"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[flights_2012, flights_2013]", "[flights_2013, flights_2012]"),
        ("join: {source: planes, on: tailnum}", "join: [{source: planes, on: {tailnum: tailnum}}]"),
        ("seats: int, known_at", "seats: {type: int, description: s}, known_at"),
        ("of: planes.seats", "of: Planes.SEATS"),
        ('"year - planes.year > 20"', '"20 < year - planes.`year`"'),
    ],
)
def test_order_and_spelling_of_joins_and_unions_are_no_computation(tmp_path: Path, old: str, new: str) -> None:
    assert view_print(fleet(tmp_path / "before")) == view_print(fleet(tmp_path / "after", (old, new)))


def test_the_name_of_a_joined_source_is_no_computation_where_the_join_keeps_its_own(tmp_path: Path) -> None:
    renamed = fleet(
        tmp_path / "after",
        ("name: planes", "name: aircraft"),
        ("{source: planes, on: tailnum}", "{source: aircraft, on: tailnum, name: planes}"),
    )
    assert view_print(fleet(tmp_path / "before")) == view_print(renamed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("data/planes.parquet", "data/aircraft.parquet"),
        ("data/2012/", "data/2011/"),
        ("timestamp: known_at", "timestamp: null"),
        ("timestamp: known_at", "timestamp: known_at\n    tiebreak: seats"),
        ("seats: int, known_at", "seats: int, engines: int, known_at"),
        ("on: tailnum}", "on: {carrier: tailnum}}"),
        ("[flights_2012, flights_2013]", "[flights_2013]"),
        ("of: planes.seats", "of: planes.year"),
        ("on: tailnum}", "on: tailnum}\n    keys: {carrier: planes.tailnum}"),
    ],
)
def test_a_changed_join_or_union_is_a_change_of_computation(tmp_path: Path, old: str, new: str) -> None:
    assert view_print(fleet(tmp_path / "before")) != view_print(fleet(tmp_path / "after", (old, new)))
    change = diff(tmp_path / "diff", (old, new))["feature_view", "fleet"]
    assert (change.change, change.affected) == ("computation", ("model",))


def test_a_join_that_is_added_is_computation_of_every_column(tmp_path: Path) -> None:
    old = ("of: planes.seats", "of: year")
    before = fleet(tmp_path / "before", old, ("year - planes.year > 20", "year > 20"))
    without = fleet(
        tmp_path / "without", old, ("year - planes.year > 20", "year > 20"),
        ("    join: {source: planes, on: tailnum}\n", ""),
    )  # fmt: skip
    (change, _) = diff_repositories(without, before)
    assert change.change == "computation"
    assert change.details == tuple(
        f"column {name} is computed otherwise: join was nothing, now planes on tailnum"
        for name in ("seats_7d", "old_7d")
    )


def test_a_union_of_one_is_read_as_that_one(tmp_path: Path) -> None:
    sources = fleet(tmp_path, ("[flights_2012, flights_2013]", "[flights_2012]")).sources
    united, member = resolve_source("flights", sources), sources["flights_2012"]
    assert source_fingerprint(united) == source_fingerprint(member)
    assert reading_fingerprint(united) == reading_fingerprint(member)


def test_a_changed_dimension_or_member_names_the_services_that_answer_with_it(tmp_path: Path) -> None:
    for name, old, new in (
        ("planes", "data/planes.parquet", "data/others.parquet"),
        ("flights_2012", "data/2012/", "data/2011/"),
        ("flights", "[flights_2012, flights_2013]", "[flights_2012]"),
    ):
        found = diff(tmp_path / name, (old, new))
        assert found["source", name].affected == ("model",)
        assert found["source", name].change == "computation"
