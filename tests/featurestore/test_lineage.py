"""`FeatureStore.lineage` and `FeatureStore.impact`: names as people give them, roles, versions, owners, notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from definitions.errors import RequestError
from featurestore import FeatureStore

DEFINITIONS = """\
team: operations
entities:
  - {name: airport, keys: {airport: string}}
sources:
  - name: weather
    path: data/weather.parquet
    timestamp: observed_at
    columns: {airport: string, temp: double, wind: double, note: string, observed_at: timestamp}
  - name: flights
    path: data/flights.parquet
    timestamp: known_at
    columns: {dest: string, arr_delay: double, known_at: timestamp}
feature_views:
  - name: airport_weather
    entity: airport
    source: weather
    every: 1h
    delay: 10m
    owner: maria
    features:
      - {name: temperature, agg: last, of: temp, ttl: 3h}
      - {name: gale, agg: mean, of: wind, where: wind < 150, windows: [3h, 6h]}
  - name: airport_storms
    entity: airport
    source: weather
    every: 1h
    team: safety
    features:
      - {name: storm, agg: sum, of: wind, where: wind < 150, windows: [24h]}
  - name: airport_arrivals
    entity: airport
    source: flights
    keys: {airport: dest}
    features:
      - {name: arrivals, agg: count, windows: [7d]}
feature_services:
  - name: departure_delay
    team: planning
    features:
      - {view: airport_weather, join_keys: {airport: origin}, prefix: origin_, features: [temperature, gale_3h]}
      - {view: airport_weather, join_keys: {airport: destination}, prefix: destination_, features: [temperature]}
      - airport_arrivals:*
"""


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    (tmp_path / "featurestore.yaml").write_text("project: lineage\n", encoding="utf-8")
    return _applied(tmp_path, DEFINITIONS)


def _applied(folder: Path, definitions: str) -> FeatureStore:
    (folder / "features.yaml").write_text(definitions, encoding="utf-8")
    store = FeatureStore(folder)
    store.apply()
    return store


def _names(store: FeatureStore, *asked: str) -> list[str]:
    return [column.requested.name for column in store.lineage(*asked).columns]


def test_a_view_a_column_all_columns_and_a_service_can_be_named(store: FeatureStore) -> None:
    of_view = ["temperature", "gale_3h", "gale_6h"]
    assert _names(store, "airport_weather") == _names(store, "airport_weather:*") == of_view
    assert _names(store, "airport_weather:gale_6h", "airport_storms") == ["gale_6h", "storm_24h"]
    assert _names(store, "departure_delay") == [
        "origin_temperature", "origin_gale_3h", "destination_temperature", "arrivals_7d",
    ]  # fmt: skip


def test_what_is_named_twice_is_shown_once(store: FeatureStore) -> None:
    assert _names(store, "airport_storms", "airport_storms:storm_24h") == ["storm_24h"]


def test_a_view_in_two_roles_is_one_computation_by_different_keys(store: FeatureStore) -> None:
    documents = {item["name"]: item for item in store.lineage("departure_delay").to_dict()["feature_columns"]}
    origin, destination = documents["origin_temperature"], documents["destination_temperature"]
    assert origin["join_keys"] == {"airport": "origin"}
    assert destination["join_keys"] == {"airport": "destination"}
    differ = {key for key in origin if origin[key] != destination[key]}
    assert differ == {"name", "join_keys"}


def test_a_document_says_what_is_computed_of_what(store: FeatureStore) -> None:
    (column,) = store.lineage("airport_weather:temperature").to_dict()["feature_columns"]
    slot = column.pop("slots")[0]
    assert column == {
        "name": "temperature",
        "reference": "airport_weather:temperature",
        "type": "double",
        "entity": "airport",
        "join_keys": {"airport": "airport"},
        "agg": "last",
        "of": "temp",
        "where": None,
        "window": None,
        "hop": "1h",
        "delay": "10m",
        "ttl": "3h",
        "inputs": [
            {"source": "weather", "column": "temp", "type": "double", "uses": ["value"]},
            {"source": "weather", "column": "airport", "type": "string", "uses": ["key"]},
            {"source": "weather", "column": "observed_at", "type": "timestamp", "uses": ["timestamp"]},
        ],
        "pii": None,
        "pii_of_keys": None,
    }
    assert (slot["tile_table"], slot["monoid"]) == ("weather_by_airport_1h", "last")
    assert slot["columns"] == ["temp", "airport", "observed_at"]


def test_views_of_two_teams_show_the_slots_that_they_share(store: FeatureStore) -> None:
    mean, total = (
        store.lineage(name).columns[0].slots for name in ("airport_weather:gale_3h", "airport_storms:storm_24h")
    )
    assert mean == total
    touched = store.impact("weather", "wind").slots
    assert [(table.label, len(slots)) for table, slots in touched.items()] == [("weather_by_airport_1h", 2)]


def test_impact_names_features_views_services_tiles_and_whose_they_are(store: FeatureStore) -> None:
    found = store.impact("weather", "wind")
    assert {column.reference: found.uses_in(column) for column in found.columns} == dict.fromkeys(
        ["airport_weather:gale_3h", "airport_weather:gale_6h", "airport_storms:storm_24h"], ("value", "filter")
    )
    assert [(view.name, view.team, view.owner) for view in found.views] == [
        ("airport_storms", "safety", None),
        ("airport_weather", "operations", "maria"),
    ]
    assert [(service.name, service.columns) for service in found.services] == [("departure_delay", ("origin_gale_3h",))]
    assert found.teams == ("operations", "planning", "safety")
    assert found.owners == ("maria",)


def test_a_column_that_nothing_reads_has_no_impact(store: FeatureStore) -> None:
    found = store.impact("weather", "note")
    assert not (found.columns or found.views or found.services or found.slots or found.teams)
    assert repr(found) == "weather.note: no feature column depends on it"


def test_sources_of_the_same_files_are_named_as_what_changes_there_reaches_them_too(store: FeatureStore) -> None:
    gauges = "  - {name: gauges, path: ./data/weather.parquet, columns: {airport: string, temp: double}}\n"
    store = _applied(store.root, DEFINITIONS.replace("feature_views:\n", f"{gauges}feature_views:\n"))
    assert store.impact("weather").siblings == store.impact("weather", "temp").siblings == ("gauges",)
    assert store.impact("weather", "wind").siblings == store.impact("flights").siblings == ()
    assert store.impact("gauges", "temp").siblings == ("weather",)
    assert repr(store.impact("gauges", "temp")).endswith("└─ see also, of the same files\n   └─ weather")


def test_a_version_that_a_service_pins_is_traced_as_it_was(store: FeatureStore) -> None:
    pinned = DEFINITIONS.replace("of: wind, where: wind < 150, windows: [24h]", "of: temp, windows: [24h]")
    pinned += "  - {name: storms, features: ['airport_storms@1:storm_24h']}\n"
    store = _applied(store.root, pinned)
    (old,), (new,) = store.lineage("storms").columns, store.lineage("airport_storms").columns
    assert (old.reference, old.of) == ("airport_storms@1:storm_24h", "wind")
    assert (new.reference, new.of) == ("airport_storms:storm_24h", "temp")
    assert store.lineage("airport_storms@1").columns == (old,)
    found = store.impact("weather", "wind")
    assert ("airport_storms@1", ("storm_24h",)) in [(view.name, view.columns) for view in found.views]
    assert "storms" in [service.name for service in found.services]
    assert "airport_storms:storm_24h" not in [column.reference for column in found.columns]
    assert "airport_storms@1" in repr(found)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((), "name what to trace"),
        (("departure_delays",), "no feature service or view 'departure_delays'; did you mean 'departure_delay'?"),
        (("airport_wether",), "did you mean 'airport_weather'?"),
        (("airport_weather:temprature",), "did you mean 'temperature'?"),
        (("airport_weather@9",), "has no version 9"),
        (("airport_weather@new",), "is no feature reference"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(store: FeatureStore, asked: tuple[str, ...], expected: str) -> None:
    with pytest.raises(RequestError) as raised:
        store.lineage(*asked)
    assert expected in str(raised.value)


def test_an_unknown_source_or_column_suggests_the_nearest(store: FeatureStore) -> None:
    with pytest.raises(RequestError, match="no source 'wether'; did you mean 'weather'"):
        store.impact("wether")
    with pytest.raises(RequestError, match="'weather' has no column 'tmp'; did you mean 'temp'"):
        store.impact("weather", "tmp")


def test_before_anything_is_applied_both_say_so(tmp_path: Path) -> None:
    (tmp_path / "featurestore.yaml").write_text("project: empty\n", encoding="utf-8")
    store = FeatureStore(tmp_path)
    with pytest.raises(RequestError, match="run `featurestore apply` first"):
        store.lineage("departure_delay")
    with pytest.raises(RequestError, match="run `featurestore apply` first"):
        store.impact("weather")


def test_text_is_a_tree_from_the_feature_column_to_the_slots(store: FeatureStore) -> None:
    slot = store.lineage("airport_weather:temperature").columns[0].slots[0].slot.name
    assert repr(store.lineage("airport_weather:temperature")) == (
        "airport_weather:temperature\n"
        "├─ temperature: last of temp\n"
        "│  ├─ airport_weather:temperature of airport by airport; all history, hop 1h, delay 10m, ttl 3h\n"
        "│  ├─ weather.temp: value\n"
        "│  ├─ weather.airport: key\n"
        "│  ├─ weather.observed_at: timestamp\n"
        "│  └─ tiles weather_by_airport_1h\n"
        f"│     └─ {slot}: last of temp\n"
        "└─ feature services that ask for them\n"
        "   └─ departure_delay"
    )


def test_notebooks_show_lists_in_which_text_stays_text(store: FeatureStore) -> None:
    shown = store.lineage("airport_weather:gale_3h")._repr_html_()
    assert "<li>weather.wind: value, filter</li>" in shown
    assert "wind &lt; 150" in shown
    assert "<li>airport_storms (team safety)<ul>" in store.impact("weather", "wind")._repr_html_()


def test_documents_are_json(store: FeatureStore) -> None:
    for document in (store.lineage("departure_delay").to_dict(), store.impact("weather").to_dict()):
        assert json.loads(json.dumps(document)) == document
