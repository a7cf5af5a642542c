"""Dimensions and unions over days of a store: what lands, what is built again, what is pinned, whose values change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from definitions.durations import DAY
from definitions.errors import SourceError
from featurestore import FeatureStore, segment_plan
from featurestore.clock import FixedClock, parse_instant
from featurestore.registry.segments import Segment

DEFINITIONS = """\
entities:
  - {name: carrier, keys: {carrier: string}}
  - {name: maker, keys: {maker: string}}
sources:
  - name: flights_new
    path: data/new/*.parquet
    timestamp: landed_at
    columns: {carrier: string, tailnum: string, year: int, landed_at: timestamp}
  - name: flights_old
    path: data/old/*.csv
    timestamp: landed_at
    columns: {carrier: string, tailnum: string, year: int, landed_at: timestamp}
  - {name: flights, union: [flights_old, flights_new]}
  - name: planes
    path: data/planes/*.parquet
    timestamp: known_at
    columns: {tailnum: string, maker: string, year: int, seats: int, known_at: timestamp}
feature_views:
  - name: fleet
    entity: carrier
    source: flights
    join: {source: planes, on: tailnum}
    every: 1d
    features:
      - {name: flights, agg: count, windows: [30d]}
      - {name: seats, agg: sum, of: planes.seats, windows: [30d]}
      - {name: age, agg: max, of: year - planes.year, windows: [30d]}
  - name: makers
    entity: maker
    source: flights
    join: {source: planes, on: tailnum}
    keys: {maker: planes.maker}
    every: 1d
    features:
      - {name: flights, agg: count, windows: [30d]}
"""
FLIGHTS = pa.schema(
    [("carrier", pa.string()), ("tailnum", pa.string()), ("year", pa.int32()), ("landed_at", pa.timestamp("us"))]
)
PLANES = pa.schema([
    ("tailnum", pa.string()), ("maker", pa.string()), ("year", pa.int32()), ("seats", pa.int32()),
    ("known_at", pa.timestamp("us")),
])  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def short_segments() -> Iterator[None]:
    """Segments of a day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_plan, "SEGMENT_SPAN", DAY)
        yield


def flight(day: int, carrier: str = "UA", tailnum: str | None = "N1", hour: int = 12) -> dict[str, Any]:
    return {"carrier": carrier, "tailnum": tailnum, "year": 2024, "landed_at": datetime(2024, 1, day, hour)}


def plane(day: int, seats: int, tailnum: str = "N1", maker: str | None = "Boeing", hour: int = 0) -> dict[str, Any]:
    known_at = datetime(2024, 1, day, hour)
    return {"tailnum": tailnum, "maker": maker, "year": 2000, "seats": seats, "known_at": known_at}


class Airfield:
    """A folder with flights of two sources and a register of planes; every store on it is opened anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "featurestore.yaml").write_text("project: airfield\nengine: {threads: 1, memory_limit: 512MB}\n")
        (folder / "airfield.yaml").write_text(DEFINITIONS)
        self.land("old/first", [flight(1), flight(2, "DL", "N2"), flight(3)])
        self.land("new/first", [flight(4), flight(5, "DL", "N2"), flight(5, tailnum=None)])
        self.land("planes/first", [plane(1, 100), plane(1, 50, "N2", "Airbus")])

    def land(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        schema = PLANES if name.startswith("planes/") else FLIGHTS
        table = pa.Table.from_pylist(list(rows), schema)
        target = self.folder / "data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("old/"):
            pc.write_csv(table, target.with_suffix(".csv"))
        else:
            pq.write_table(table, target.with_suffix(".parquet"))

    def store(self, day: int = 8) -> FeatureStore:
        store = FeatureStore(self.folder, clock=FixedClock(datetime(2024, 1, day, tzinfo=UTC)))
        store.apply()
        return store

    def days(self, view: str) -> dict[int, Segment]:
        """The current segments by their first day of January, the first for all before too."""
        (table,) = {column.table.name for column in self._columns(view)}
        segments = self.store()._context.registry.segments.current(table)
        return {
            max((segment.start - parse_instant("2024-01-01T00:00:00Z")) // DAY + 1, 1): segment for segment in segments
        }

    def _columns(self, view: str) -> Any:
        return self.store()._context.applied().resolve(f"{view}:*")

    def built_again(self, view: str, day: int = 8) -> set[int]:
        """The days whose segments another run replaces."""
        before = self.days(view)
        self.store(day).materialize()
        after = self.days(view)
        return {first for first, segment in after.items() if first in before and before[first].id != segment.id}

    def frame(self, day: int = 8, **asked: Any) -> dict[str, Any]:
        """The fleet of UA on that day."""
        found = self.store().get_historical_features(_asked("UA", day), None if asked else ["fleet:*"], **asked)
        return {name: values[0] for name, values in found.to_arrow().to_pydict().items() if name.endswith("_30d")}

    def served(self, reference: str, **key: str) -> Any:
        (column,) = (reference.partition(":")[2],)
        return self.store().get_online_features([reference], [key]).to_dict()[column][0]


def _asked(carrier: str, day: int) -> pa.Table:
    at = pa.array([datetime(2024, 1, day)], pa.timestamp("us"))
    return pa.table({"carrier": [carrier], "event_timestamp": at})


@pytest.fixture
def airfield(tmp_path: Path) -> Airfield:
    return Airfield(tmp_path)


def test_each_flight_counts_with_the_plane_as_it_was_known_when_it_landed(airfield: Airfield) -> None:
    airfield.land("planes/refitted", [plane(3, 120, hour=12), plane(4, 140, hour=13)])
    expected = {"flights_30d": 4, "seats_30d": 100 + 120 + 120, "age_30d": 24}
    assert airfield.frame() == expected
    airfield.store().materialize()
    assert airfield.frame() == expected
    assert airfield.served("fleet:seats_30d", carrier="UA") == 340
    assert airfield.served("makers:flights_30d", maker="Boeing") == 3
    assert airfield.served("makers:flights_30d", maker="Airbus") == 2


def test_a_dimension_builds_again_only_what_ends_after_its_new_rows(airfield: Airfield) -> None:
    airfield.store().materialize()
    assert airfield.built_again("fleet") == set()
    assert airfield.days("fleet").keys() == {1, 2, 3, 4, 5}
    airfield.land("planes/later", [plane(8, 300)])
    assert airfield.built_again("fleet") == set()
    airfield.land("planes/late", [plane(4, 200, hour=1)])
    assert airfield.built_again("fleet") == {4, 5}
    assert airfield.frame()["seats_30d"] == 100 + 100 + 200


def test_a_member_of_a_union_builds_again_only_its_own_range(airfield: Airfield) -> None:
    airfield.store().materialize()
    airfield.land("old/late", [flight(2)])
    assert airfield.built_again("fleet") == {2}
    assert airfield.frame()["flights_30d"] == 5


def test_a_late_row_of_a_dimension_is_published_and_is_no_late_row_of_the_source(airfield: Airfield) -> None:
    airfield.land("new/unknown", [flight(2, "DL", "N3")])
    airfield.store().materialize()
    assert airfield.served("makers:flights_30d", maker="Cessna") == 0
    airfield.land("planes/late", [plane(3, 70, maker="Boeing Co"), plane(1, 4, "N3", "Cessna")])
    store = airfield.store()
    store.materialize()
    assert airfield.served("fleet:seats_30d", carrier="UA") == 100 + 70 + 70
    assert airfield.served("makers:flights_30d", maker="Boeing") == 1
    assert airfield.served("makers:flights_30d", maker="Boeing Co") == 2
    assert airfield.served("makers:flights_30d", maker="Cessna") == 1
    for view in ("fleet", "makers"):
        table = next(iter(airfield.days(view).values())).tile_table
        assert store._context.registry.late_rows.since(table, 0) == ()
    airfield.land("old/late", [flight(2)])
    airfield.store().materialize()
    (late,) = store._context.registry.late_rows.since(table, 0)
    assert late.rows == 1


def test_rows_whose_dimension_has_no_key_for_them_are_dropped_and_counted(airfield: Airfield) -> None:
    airfield.land("planes/first", [plane(1, 100), plane(1, 50, "N2", None)])
    tables = {table.label: table for table in airfield.store().materialize().tables}
    assert tables["flights_with_planes_by_maker_planes_maker_1d"].null_keys == 3
    assert tables["flights_with_planes_by_maker_planes_maker_1d"].source_rows == 3
    assert tables["flights_with_planes_by_carrier_1d"].null_keys == 0
    assert tables["flights_with_planes_by_carrier_1d"].source_rows == 6


def test_values_that_fail_are_counted_where_a_dimension_has_a_part_in_them(airfield: Airfield) -> None:
    text = (airfield.folder / "airfield.yaml").read_text()
    (airfield.folder / "airfield.yaml").write_text(text.replace("year - planes.year", "1 / (planes.seats - 50)"))
    (fleet, _) = airfield.store().materialize().tables
    assert list(fleet.invalid.values()) == [2]


def test_a_manifest_pins_the_files_of_dimensions_and_members(airfield: Airfield) -> None:
    store = airfield.store()
    manifest = store.get_historical_features(_asked("UA", 8), ["fleet:*"]).manifest
    read = {item["source"]: [file for file, _, _ in item["files"]] for item in manifest["sources"].values()}
    assert read == {
        "flights_old": ["data/old/first.csv"],
        "flights_new": ["data/new/first.parquet"],
        "planes": ["data/planes/first.parquet"],
    }
    before = airfield.frame()
    airfield.land("planes/late", [plane(2, 500)])
    airfield.land("new/late", [flight(6)])
    assert airfield.frame() != before
    assert airfield.frame(manifest=manifest) == before
    airfield.land("planes/first", [plane(1, 101)])
    with pytest.raises(SourceError, match=r"planes: the frame was read from data/planes/first\.parquet"):
        airfield.frame(manifest=manifest)


def test_a_manifest_pins_of_a_dimension_what_was_known_before_the_end_of_what_is_read(airfield: Airfield) -> None:
    airfield.land("planes/later", [plane(20, 300)])
    airfield.store(4).materialize()
    manifest = airfield.store().get_historical_features(_asked("UA", 8), ["fleet:*"]).manifest
    read = {item["source"]: [file for file, _, _ in item["files"]] for item in manifest["sources"].values()}
    assert read == {
        "flights_old": [],
        "flights_new": ["data/new/first.parquet"],
        "planes": ["data/planes/first.parquet"],
    }
    assert airfield.frame(manifest=manifest) == airfield.frame()


def test_a_frame_of_what_was_known_has_the_dimension_of_then(airfield: Airfield) -> None:
    airfield.store(8).materialize()
    before = airfield.frame(6)
    airfield.land("planes/late", [plane(2, 500)])
    airfield.store(9).materialize()
    assert airfield.frame(6) != before
    then = datetime(2024, 1, 8, 12, tzinfo=UTC)
    store = FeatureStore(airfield.folder, clock=FixedClock(then + timedelta(days=2)))
    found = store.get_historical_features(_asked("UA", 6), ["fleet:*"], knowledge=then).to_arrow().to_pydict()
    assert {name: found[name][0] for name in before} == before


def test_a_renamed_dimension_keeps_tiles_and_a_changed_one_makes_new_ones(airfield: Airfield) -> None:
    airfield.store().materialize()
    before = airfield.days("fleet")
    text = (airfield.folder / "airfield.yaml").read_text()
    renamed = text.replace("- name: planes\n", "- name: aircraft\n")
    renamed = renamed.replace("{source: planes, on: tailnum}", "{source: aircraft, on: tailnum, name: planes}")
    (airfield.folder / "airfield.yaml").write_text(renamed)
    assert airfield.days("fleet") == before
    assert all(table.did_nothing for table in airfield.store().materialize().tables)
    (airfield.folder / "airfield.yaml").write_text(text.replace("timestamp: known_at\n", "timestamp: null\n"))
    assert airfield.days("fleet") == {}


def test_a_dimension_without_timestamp_is_known_since_ever_and_builds_everything_again(airfield: Airfield) -> None:
    text = (airfield.folder / "airfield.yaml").read_text()
    (airfield.folder / "airfield.yaml").write_text(text.replace("timestamp: known_at\n", "timestamp: null\n"))
    store = airfield.store()
    assert [warning.rule for warning in store.validate().warnings] == ["source-without-timestamp"]
    store.materialize()
    assert airfield.frame()["seats_30d"] == 300
    airfield.land("planes/later", [plane(7, 300)])
    assert airfield.built_again("fleet") == {1, 2, 3, 4, 5}
    # Of two rows without an instant the one with the greatest values counts, column by column in the order of names.
    assert airfield.frame()["seats_30d"] == 900


def test_readers_held_on_a_generation_keep_its_joins_whatever_is_applied(airfield: Airfield) -> None:
    airfield.store().materialize()
    text = (airfield.folder / "airfield.yaml").read_text()
    changed = text.replace("on: tailnum}", "on: {carrier: tailnum}}").replace(
        "[flights_old, flights_new]", "[flights_new]"
    )
    (airfield.folder / "airfield.yaml").write_text(changed)
    airfield.store().materialize()
    assert airfield.served("fleet:seats_30d", carrier="UA") is None
    airfield.store().publish(views=["fleet"], generation=1)
    assert airfield.served("fleet:seats_30d", carrier="UA") == 300
    airfield.land("planes/late", [plane(3, 70)])
    airfield.land("old/late", [flight(2)])
    airfield.store().materialize()
    assert airfield.served("fleet:seats_30d", carrier="UA") == 100 + 100 + 70 + 70


def test_impact_finds_views_by_dimensions_and_members(airfield: Airfield) -> None:
    store = airfield.store()
    reached = store.impact("planes", "maker")
    assert {view.name for view in reached.views} == {"fleet", "makers"}
    assert {column.reference: reached.uses_in(column) for column in reached.columns} == {
        "fleet:seats_30d": ("tiebreak",),
        "fleet:age_30d": ("tiebreak",),
        "makers:flights_30d": ("key", "tiebreak"),
    }
    for source in ("flights", "flights_old"):
        columns = store.impact(source, "tailnum").columns
        assert {column.reference for column in columns} == {"fleet:seats_30d", "fleet:age_30d", "makers:flights_30d"}
